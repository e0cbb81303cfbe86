_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_vkitti2_uda.py',
    '../_base_/tasks/sd.py',
    '../_base_/methods/xtam.py',
    '../_base_/objectives/alignment.py',
    '../_base_/schedules/adam_90k_critics.py',
]
