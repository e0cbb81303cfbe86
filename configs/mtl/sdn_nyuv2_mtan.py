_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nyuv2_mtan.py',
    '../_base_/tasks/sdn_linear.py',
    '../_base_/methods/mtl.py',
    '../_base_/schedules/adam_40k.py',
]
