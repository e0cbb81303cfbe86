_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_mtan.py',
    '../_base_/tasks/sd_linear_inverse.py',
    '../_base_/methods/mtl.py',
    '../_base_/schedules/adam_40k.py',
]
