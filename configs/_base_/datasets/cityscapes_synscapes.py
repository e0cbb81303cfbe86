# SemiMTL, Table 3: semantic labels of Cityscapes, depth of Synscapes, both evaluated on both. Crops of 384: the paper
# does not state the size; its single-task results show that it differs from Table 1.
dataset_name = 'cityscapes_synscapes'
__class_set = 'cityscapes_19'
__resize = dict(type='Resize', size=(512, 1024))
__crops = [
    __resize,
    dict(type='RandomScale'),
    dict(type='Pad', size=(384, 384)),
    dict(type='RandomCrop', size=(384, 384)),
    dict(type='RandomFlip'),
    dict(type='PackSample'),
]
__cityscapes = dict(
    type='CityscapesDataset',
    data_root='{{$MTLBENCH_DATA:data}}/cityscapes',
    class_set=__class_set,
    rig=473.575,
    infinity=True,
)
__synscapes = dict(type='SynscapesDataset', data_root='{{$MTLBENCH_DATA:data}}/synscapes', class_set=__class_set)
__loader = dict(num_workers=2, persistent_workers=True)
__stream = dict(**__loader, batch_size=8, sampler=dict(type='StreamSampler'))
__evaluation = dict(**__loader, batch_size=2, sampler=dict(type='DefaultSampler', shuffle=False, round_up=False))
__val = dict(split='val', tasks=['semseg', 'depth'], pipeline=[__resize, dict(type='PackSample')])
task_settings = dict(semseg=dict(class_set=__class_set, critic_view='probability'))
train_dataloader = dict(
    classes=dict(**__stream, dataset=dict(**__cityscapes, split='train', tasks=['semseg'], pipeline=__crops)),
    distances=dict(**__stream, dataset=dict(**__synscapes, split='train', tasks=['depth'], pipeline=__crops)),
)
val_dataloader = dict(**__evaluation, dataset=dict(**__cityscapes, **__val))
further_dataloaders = dict(synscapes=dict(**__evaluation, dataset=dict(**__synscapes, **__val)))
