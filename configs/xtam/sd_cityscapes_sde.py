_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_sde.py',
    '../_base_/tasks/sd_sde.py',
    '../_base_/methods/xtam.py',
    '../_base_/objectives/photometric.py',
    '../_base_/schedules/sde_40k.py',
]
model = dict(network=dict(head_levels=dict(_delete_=True, semseg=(2, 0), depth=(3, 2, 1, 0))))
objectives = dict(photometric=dict(stream='labeled'))
