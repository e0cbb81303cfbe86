# CCAM + AM + OR with 1/4 of the labels.
_base_ = './sd_cityscapes_372_affinemix_or.py'
train_dataloader = dict(labeled=dict(dataset=dict(subset=744)), unlabeled=dict(dataset=dict(subset=744)))
