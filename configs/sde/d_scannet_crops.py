# First of two pretraining runs on ScanNet: depth and motion with a frozen encoder.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/scannet_mono.py',
    '../_base_/tasks/d_sde.py',
    '../_base_/methods/mono.py',
    '../_base_/objectives/photometric.py',
    '../_base_/schedules/mono_300k.py',
]
objectives = dict(photometric=dict(offsets=(-10, 10)))
