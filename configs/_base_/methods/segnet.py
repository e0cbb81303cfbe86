# SegNet that the tasks share, with a head of two convolutions per task; random weights, images in [0, 1].
_base_ = './learner.py'
method = 'SegNet'
model = dict(
    network=dict(encoder=dict(_delete_=True, type='SegNet'), decoder=dict(type='ConvDecoder'), head_levels=(0,))
)
