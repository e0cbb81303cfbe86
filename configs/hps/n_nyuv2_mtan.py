_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nyuv2_libmtl.py',
    '../_base_/tasks/n.py',
    '../_base_/methods/hps.py',
    '../_base_/schedules/libmtl_nyuv2.py',
]
