# Cityscapes, and as a second stream, without labels, all frames of its training video that have both neighbors.
_base_ = './cityscapes.py'
train_dataloader = dict(
    video=dict(
        batch_size=2,
        num_workers=2,
        persistent_workers=True,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            type='CityscapesDataset',
            data_root='{{$MTLBENCH_DATA:data}}/cityscapes',
            class_set='cityscapes_16',
            split='train',
            tasks=[],
            folders=dict(leftImg8bit='leftImg8bit_sequence'),
            neighbor_offsets=(-1, 1),
            require_neighbors=True,
            pipeline=[dict(type='Resize', size=(512, 1024)), dict(type='RandomFlip'), dict(type='PackSample')],
        ),
    )
)
