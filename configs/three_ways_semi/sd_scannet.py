_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/scannet_semi.py',
    '../_base_/tasks/sd_sde.py',
    '../_base_/methods/three_ways_semi.py',
    '../_base_/objectives/semi.py',
    '../_base_/schedules/semi_40k.py',
]
objectives = dict(photometric=dict(offsets=(-10, 10)))
starts_from = dict(config='sde/d_scannet_features')
default_hooks = dict(teacher=dict(type='MeanTeacherHook'))
