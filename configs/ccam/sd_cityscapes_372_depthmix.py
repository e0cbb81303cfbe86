# CCAM alone: 3-ways PAD-Net with cross-channel attention. The depth decoder does not learn from mixed images.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/cityscapes_semi.py',
    '../_base_/tasks/sd_sde.py',
    '../_base_/methods/ccam.py',
    '../_base_/objectives/semi.py',
    '../_base_/schedules/semi_40k.py',
]
objectives = dict(
    pseudo_labels=dict(frozen=('decoders.depth', 'heads.depth', 'exchanges.2.pairs.semseg.depth.spatial.depth'))
)
default_hooks = dict(teacher=dict(type='MeanTeacherHook'))
