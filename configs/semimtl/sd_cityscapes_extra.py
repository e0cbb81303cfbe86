_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_extra.py',
    '../_base_/tasks/sd_inverse.py',
    '../_base_/methods/psp.py',
    '../_base_/objectives/origin_alignment.py',
    '../_base_/schedules/poly_80k_critics.py',
]
method = 'SemiMTL'
