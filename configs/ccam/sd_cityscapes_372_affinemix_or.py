# CCAM + AM + OR: orthogonal regularization of encoder and decoders, with decreasing weight.
_base_ = './sd_cityscapes_372_affinemix.py'
objectives = dict(
    orthogonal=dict(type='OrthogonalRegularization', parts=('encoder', 'decoders', 'heads.depth')),
)
default_hooks = dict(
    orthogonal_decay=dict(
        type='ScheduledValueHook',
        target='objectives.orthogonal.weight',
        values=[(1, 1e-4), (10_000, 1e-5), (20_000, 1e-6), (30_000, 1e-7)],
    ),
)
