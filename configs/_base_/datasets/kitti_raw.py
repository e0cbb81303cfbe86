# KITTI raw data for self-supervised depth: images of 192 x 640 with both neighbors, flips, no labels.
dataset_name = 'kitti_raw'
__resize = dict(type='Resize', size=(192, 640))
__dataset = dict(
    type='KITTIRawDataset', data_root='{{$MTLBENCH_DATA:data}}/kitti_raw', tasks=[], neighbor_offsets=(-1, 1)
)
__loader = dict(batch_size=2, num_workers=2, persistent_workers=True)
task_settings = dict()
train_dataloader = dict(
    video=dict(
        **__loader,
        sampler=dict(type='StreamSampler'),
        dataset=dict(**__dataset, split='train', pipeline=[__resize, dict(type='RandomFlip'), dict(type='PackSample')]),
    )
)
val_dataloader = dict(
    **__loader,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(**__dataset, split='val', pipeline=[__resize, dict(type='PackSample')]),
)
