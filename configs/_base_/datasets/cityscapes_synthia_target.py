# What the adaptation from SYNTHIA could reach: labels of the target itself.
_base_ = './cityscapes_uda.py'
train_dataloader = dict(target=None)
