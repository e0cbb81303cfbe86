# 3-ways PAD-Net with 1/4 of the labels.
_base_ = './sd_cityscapes_372.py'
train_dataloader = dict(labeled=dict(dataset=dict(subset=744)), unlabeled=dict(dataset=dict(subset=744)))
