# SemiMTL, Table 2: semantic labels of Potsdam, heights of Vaihingen, both evaluated on both. Patches of 512, crops of
# 384.
dataset_name = 'potsdam_vaihingen'
__class_set = 'isprs_6'
__resize = dict(type='Resize', size=(512, 512))
__crops = [
    __resize,
    dict(type='RandomScale'),
    dict(type='Pad', size=(384, 384)),
    dict(type='RandomCrop', size=(384, 384)),
    dict(type='RandomFlip'),
    dict(type='PackSample'),
]
__potsdam = dict(type='PotsdamDataset', data_root='{{$MTLBENCH_DATA:data}}/potsdam', class_set=__class_set)
__vaihingen = dict(type='VaihingenDataset', data_root='{{$MTLBENCH_DATA:data}}/vaihingen', class_set=__class_set)
__loader = dict(batch_size=8, num_workers=2, persistent_workers=True)
__stream = dict(**__loader, sampler=dict(type='StreamSampler'))
__evaluation = dict(**__loader, sampler=dict(type='DefaultSampler', shuffle=False, round_up=False))
__whole = [__resize, dict(type='PackSample')]
task_settings = dict(semseg=dict(class_set=__class_set, critic_view='probability'))
train_dataloader = dict(
    classes=dict(**__stream, dataset=dict(**__potsdam, split='train', tasks=['semseg'], pipeline=__crops)),
    distances=dict(**__stream, dataset=dict(**__vaihingen, split='train', tasks=['height'], pipeline=__crops)),
)
val_dataloader = dict(**__evaluation, dataset=dict(**__potsdam, split='val', pipeline=__whole))
further_dataloaders = dict(vaihingen=dict(**__evaluation, dataset=dict(**__vaihingen, split='val', pipeline=__whole)))
