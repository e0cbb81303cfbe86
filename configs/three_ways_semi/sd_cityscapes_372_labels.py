# Baseline: labels alone. Nothing is learned from the other images.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_semi.py',
    '../_base_/tasks/sd_sde.py',
    '../_base_/methods/three_ways_semi.py',
    '../_base_/objectives/photometric.py',
    '../_base_/schedules/semi_40k.py',
]
train_dataloader = dict(unlabeled=None)
objectives = dict(photometric=dict(stream='labeled'))
