# Cityscapes as in the robustness paper, and KITTI video as a second stream; each is half of the batch.
_base_ = './cityscapes_robust.py'
train_dataloader = dict(
    labeled=dict(batch_size=6),
    video=dict(
        batch_size=6,
        num_workers=4,
        persistent_workers=True,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            type='KITTIRawDataset',
            data_root='{{$MTLBENCH_DATA:data}}/kitti_raw',
            split='train',
            tasks=[],
            neighbor_offsets=(-1, 1),
            require_neighbors=True,
            pipeline=[
                dict(type='Resize', size=(192, 640)),
                dict(type='RandomFlip'),
                dict(type='ChooseIntrinsics', which='assumed'),
                dict(type='ColorJitter', prob=0.5, random_order=False),
                dict(type='PackSample'),
            ],
        ),
    ),
)
