# Lower reference for the adaptation from SYNTHIA: training on the source alone.
_base_ = './cityscapes_synthia_uda.py'
train_dataloader = dict(target=None)
