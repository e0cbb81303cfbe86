# Cityscapes with the 19 classes of its benchmark.
_base_ = './cityscapes.py'
__classes = dict(class_set='cityscapes_19')
task_settings = dict(semseg=__classes)
train_dataloader = dict(labeled=dict(dataset=__classes))
val_dataloader = dict(dataset=__classes)
