_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_vkitti2_target.py',
    '../_base_/tasks/s.py',
    '../_base_/methods/stl.py',
    '../_base_/schedules/sgd_90k.py',
]
