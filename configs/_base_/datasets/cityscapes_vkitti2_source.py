# Lower reference for the adaptation from VKITTI2: training on the source alone.
_base_ = './cityscapes_vkitti2_uda.py'
train_dataloader = dict(target=None)
