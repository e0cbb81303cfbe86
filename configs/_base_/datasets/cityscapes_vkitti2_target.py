# Adaptation from VKITTI2 to Cityscapes (xTAM, Table 6), what it could reach: labels of the target itself. The 8 classes
# that both have; depth is evaluated up to scale, for that of the source need not be that of the target.
_base_ = './cityscapes.py'
__classes = dict(class_set='cityscapes_8')
task_settings = dict(semseg=__classes, depth=dict(median_scaling=True))
train_dataloader = dict(labeled=dict(dataset=__classes))
val_dataloader = dict(dataset=__classes)
