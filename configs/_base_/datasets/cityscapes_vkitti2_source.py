# Where the adaptation from VKITTI2 starts: the source alone.
_base_ = './cityscapes_vkitti2_uda.py'
train_dataloader = dict(target=None)
