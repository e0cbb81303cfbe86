_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/potsdam_vaihingen.py',
    '../_base_/tasks/sh.py',
    '../_base_/methods/psp.py',
    '../_base_/objectives/origin_alignment.py',
    '../_base_/schedules/poly_40k_critics.py',
]
method = 'SemiMTL'
