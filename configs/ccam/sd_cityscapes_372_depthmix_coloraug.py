# CCAM + CA, with DepthMix.
_base_ = './sd_cityscapes_372_depthmix.py'
objectives = dict(pseudo_labels=dict(colours=dict(streams=('labeled', 'unlabeled'), prob=0.0)))
default_hooks = dict(
    colours_start=dict(
        type='ScheduledValueHook',
        target='objectives.pseudo_labels.colours.prob',
        values=[(1, 0.0), (10_001, 0.5)],
    ),
)
