# Adaptation from SYNTHIA to Cityscapes (xTAM, Table 6), what it could reach: labels of the target itself. 16 classes;
# depth is evaluated up to scale, for that of the source need not be that of the target.
_base_ = './cityscapes.py'
task_settings = dict(depth=dict(median_scaling=True))
