# Upper reference for the adaptation from SYNTHIA: training on labels of the target.
_base_ = './cityscapes_uda.py'
train_dataloader = dict(target=None)
