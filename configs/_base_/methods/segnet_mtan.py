# SegNet with MTAN's attention per task (https://arxiv.org/abs/1803.10704).
_base_ = './segnet.py'
method = 'SegNet + MTAN'
model = dict(network=dict(encoder=dict(type='SegNetMTAN')))
