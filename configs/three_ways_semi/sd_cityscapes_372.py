# 3-ways PAD-Net with few labels (https://arxiv.org/abs/2012.10782), with DepthMix.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_semi.py',
    '../_base_/tasks/sd_sde.py',
    '../_base_/methods/three_ways_semi.py',
    '../_base_/objectives/semi.py',
    '../_base_/schedules/semi_40k.py',
]
default_hooks = dict(teacher=dict(type='MeanTeacherHook'))
