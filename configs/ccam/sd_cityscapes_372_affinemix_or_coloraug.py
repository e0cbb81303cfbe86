# CCAM + AM + OR + CA: after 10 000 updates, ColorAug changes the colors of movable objects and of the rest
# independently, in half of the images.
_base_ = './sd_cityscapes_372_affinemix_or.py'
objectives = dict(pseudo_labels=dict(colors=dict(streams=('labeled', 'unlabeled'), prob=0.0)))
default_hooks = dict(
    colors_start=dict(
        type='ScheduledValueHook',
        target='objectives.pseudo_labels.colors.prob',
        values=[(1, 0.0), (10_001, 0.5)],
    ),
)
