# Where the adaptation from SYNTHIA starts: the source alone.
_base_ = './cityscapes_synthia_uda.py'
train_dataloader = dict(target=None)
