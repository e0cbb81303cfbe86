# CCAM + AM + OR, all labels: the second stream mixes images with their labels.
_base_ = './sd_cityscapes_372_affinemix_or.py'
train_dataloader = dict(labeled=dict(dataset=dict(subset=None)), unlabeled=dict(dataset=dict(subset=None)))
