# Cityscapes in the arrays of MTAN with the augmentation of the tables that balancer papers share: a window enlarged by 1, 1.2
# or 1.5, and flips. Depth is divided by the factor; the papers' code divides inverse depth (recipe reference).
_base_ = './cityscapes_mtan.py'
__pipeline = [
    dict(type='Resize', size=(128, 256)),
    dict(type='RandomZoom', divided='depth'),
    dict(type='RandomFlip'),
    dict(type='PackSample'),
]
train_dataloader = dict(labeled=dict(dataset=dict(pipeline=__pipeline)))
