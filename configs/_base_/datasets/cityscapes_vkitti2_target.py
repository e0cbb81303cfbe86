# Upper reference for the adaptation from VKITTI2: training on labels of the target, in the 8 shared classes.
_base_ = './cityscapes_uda.py'
__classes = dict(class_set='cityscapes_8')
task_settings = dict(semseg=__classes)
train_dataloader = dict(labeled=dict(dataset=__classes), target=None)
val_dataloader = dict(dataset=__classes)
