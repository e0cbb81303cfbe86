# 3-ways PAD-Net with few labels (https://arxiv.org/abs/2012.10782): DepthMix.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_semi.py',
    '../_base_/tasks/sd_sde.py',
    '../_base_/methods/three_ways.py',
    '../_base_/objectives/semi.py',
    '../_base_/schedules/semi_40k.py',
]
model = dict(
    network=dict(
        exchange=dict(zero_init_attention=True),
        head_levels=dict(_delete_=True, semseg=(2, 0), depth=(3, 2, 1, 0)),
    ),
)
default_hooks = dict(teacher=dict(type='MeanTeacherHook'))
