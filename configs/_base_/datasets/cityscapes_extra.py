# SemiMTL, Table 1: semantic labels of Cityscapes, disparity of other cities (train-extra), both evaluated on
# Cityscapes. Crops of 256. A disparity of 0 is sky at infinite depth. All rigs are treated as that of the validation
# images.
dataset_name = 'cityscapes_extra'
__class_set = 'cityscapes_19'
__resize = dict(type='Resize', size=(512, 1024))
__crops = [
    __resize,
    dict(type='RandomScale'),
    dict(type='Pad', size=(256, 256)),
    dict(type='RandomCrop', size=(256, 256)),
    dict(type='RandomFlip'),
    dict(type='PackSample'),
]
__dataset = dict(
    type='CityscapesDataset',
    data_root='{{$MTLBENCH_DATA:data}}/cityscapes',
    class_set=__class_set,
    rig=473.575,
    infinity=True,
)
__loader = dict(num_workers=2, persistent_workers=True)
__stream = dict(**__loader, batch_size=8, sampler=dict(type='StreamSampler'))
task_settings = dict(semseg=dict(class_set=__class_set, critic_view='probability'))
train_dataloader = dict(
    classes=dict(**__stream, dataset=dict(**__dataset, split='train', tasks=['semseg'], pipeline=__crops)),
    distances=dict(**__stream, dataset=dict(**__dataset, split='train_extra', tasks=['depth'], pipeline=__crops)),
)
val_dataloader = dict(
    **__loader,
    batch_size=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(**__dataset, split='val', tasks=['semseg', 'depth'], pipeline=[__resize, dict(type='PackSample')]),
)
