# The stream that is labelled with classes, alone.
_base_ = './cityscapes_synscapes.py'
train_dataloader = dict(_delete_=True, classes={{_base_.train_dataloader.classes}})
