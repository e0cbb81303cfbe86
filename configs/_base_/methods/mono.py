# Depth without labels: the network of 3-ways PAD-Net with its depth decoder only.
_base_ = './learner.py'
method = 'self-supervised depth'
model = dict(
    network=dict(decoder=dict(type='SkipDecoder'), head_levels=(3, 2, 1, 0)),
    objectives=dict(_delete_=True),
)
