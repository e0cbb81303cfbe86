# CCAM + AM + OR with all labels: the second stream mixes images with their ground truth.
_base_ = './sd_cityscapes_372_affinemix_or.py'
train_dataloader = dict(labeled=dict(dataset=dict(subset=None)), unlabeled=dict(dataset=dict(subset=None)))
