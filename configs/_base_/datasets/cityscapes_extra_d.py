# The stream that is labelled with distances, alone.
_base_ = './cityscapes_extra.py'
train_dataloader = dict(_delete_=True, distances={{_base_.train_dataloader.distances}})
