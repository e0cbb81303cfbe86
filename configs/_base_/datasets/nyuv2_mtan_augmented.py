# NYUv2 in the arrays of MTAN with the augmentation of the tables that balancer papers share: a window enlarged by 1, 1.2 or
# 1.5, and flips.
_base_ = './nyuv2_mtan.py'
__pipeline = [
    dict(type='Resize', size=(288, 384)),
    dict(type='RandomZoom'),
    dict(type='RandomFlip'),
    dict(type='PackSample'),
]
train_dataloader = dict(labeled=dict(dataset=dict(pipeline=__pipeline)))
