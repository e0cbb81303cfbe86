# The stream that is labelled with classes, alone.
_base_ = './potsdam_vaihingen.py'
train_dataloader = dict(_delete_=True, classes={{_base_.train_dataloader.classes}})
