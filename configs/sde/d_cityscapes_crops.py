# Second of three pretraining runs: depth from scratch, on crops, with the pose network of the first run.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_mono.py',
    '../_base_/tasks/d_sde.py',
    '../_base_/methods/mono.py',
    '../_base_/objectives/photometric.py',
    '../_base_/schedules/mono_300k.py',
]
starts_from = dict(
    config='sde/d_cityscapes_whole',
    parts={'objectives.photometric.pose': 'objectives.photometric.pose'},
)
