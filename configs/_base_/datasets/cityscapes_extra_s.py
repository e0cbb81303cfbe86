# The stream that is labelled with classes, alone.
_base_ = './cityscapes_extra.py'
train_dataloader = dict(_delete_=True, classes={{_base_.train_dataloader.classes}})
