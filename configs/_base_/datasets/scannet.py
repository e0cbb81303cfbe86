# ScanNet: 40 classes, pictures of 480 x 640, crops of 480, flips; depth is evaluated up to 10 m. The CCAM paper uses
# it, too, but says none of this.
dataset_name = 'scannet'
__class_set = 'nyudv2_40'
__resize = dict(type='Resize', size=(480, 640))
__dataset = dict(type='ScanNetDataset', data_root='{{$MTLBENCH_DATA:data}}/scannet', class_set=__class_set)
__loader = dict(batch_size=2, num_workers=2, persistent_workers=True)
task_settings = dict(semseg=dict(class_set=__class_set), depth=dict(max_depth_m=10))
train_dataloader = dict(
    labeled=dict(
        **__loader,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            **__dataset,
            split='train',
            pipeline=[
                __resize,
                dict(type='RandomCrop', size=(480, 480)),
                dict(type='RandomFlip'),
                dict(type='NormalsFromDepth'),
                dict(type='PackSample'),
            ],
        ),
    )
)
val_dataloader = dict(
    **__loader,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        **__dataset,
        split='val',
        pipeline=[__resize, dict(type='NormalsFromDepth', max_depth=10), dict(type='PackSample')],
    ),
)
