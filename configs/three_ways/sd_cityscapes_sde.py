_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_sde.py',
    '../_base_/tasks/sd_sde.py',
    '../_base_/methods/three_ways_video.py',
    '../_base_/objectives/photometric.py',
    '../_base_/schedules/sde_40k.py',
]
objectives = dict(photometric=dict(stream='labeled'))
