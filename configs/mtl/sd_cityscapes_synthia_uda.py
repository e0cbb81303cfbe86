_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_synthia_uda.py',
    '../_base_/tasks/sd.py',
    '../_base_/methods/mtl.py',
    '../_base_/objectives/alignment.py',
    '../_base_/schedules/sgd_90k_critics.py',
]
