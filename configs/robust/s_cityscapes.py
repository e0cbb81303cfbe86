# The single-task baseline: 12 images of Cityscapes, none of KITTI.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_robust.py',
    '../_base_/tasks/s_robust.py',
    '../_base_/methods/robust.py',
    '../_base_/schedules/robust_193k.py',
]
