# What the adaptation from VKITTI2 could reach: labels of the target itself, in the 8 classes that both have.
_base_ = './cityscapes_uda.py'
__classes = dict(class_set='cityscapes_8')
task_settings = dict(semseg=__classes)
train_dataloader = dict(labeled=dict(dataset=__classes), target=None)
val_dataloader = dict(dataset=__classes)
