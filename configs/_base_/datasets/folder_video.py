# Video of your own for depth without labels: frames of 192 x 640 with both neighbors, flips, color jitter half of the
# time. A config adds data_root, images, camera and splits; see docs/video.md.
dataset_name = 'folder'
__resize = dict(type='Resize', size=(192, 640))
__dataset = dict(type='FolderDataset', data_root='{{$MTLBENCH_DATA:data}}/folder')
__loader = dict(batch_size=2, num_workers=2, persistent_workers=True)
task_settings = dict()
train_dataloader = dict(
    video=dict(
        **__loader,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            **__dataset,
            split='train',
            tasks=[],
            neighbor_offsets=(-1, 1),
            require_neighbors=True,
            pipeline=[__resize, dict(type='RandomFlip'), dict(type='ColorJitter'), dict(type='PackSample')],
        ),
    )
)
val_dataloader = dict(
    **__loader,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(**__dataset, split='val', tasks=[], pipeline=[__resize, dict(type='PackSample')]),
)
