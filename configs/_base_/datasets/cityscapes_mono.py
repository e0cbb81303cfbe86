# Cityscapes for depth from video alone: every frame of the training video with both neighbours, in other colours half
# of the time; crops of 512 x 512. Depth labels serve evaluation.
_base_ = './cityscapes.py'
train_dataloader = dict(
    _delete_=True,
    video=dict(
        batch_size=4,
        num_workers=4,
        persistent_workers=True,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            type='CityscapesDataset',
            data_root='{{$MTLBENCH_DATA:data}}/cityscapes',
            class_set='cityscapes_16',
            split='train',
            tasks=[],
            folders=dict(leftImg8bit='leftImg8bit_sequence'),
            neighbour_offsets=(-1, 1),
            require_neighbours=True,
            pipeline=[
                dict(type='Resize', size=(512, 1024)),
                dict(type='RandomFlip'),
                dict(type='ChooseIntrinsics'),
                dict(type='RandomCrop', size=(512, 512)),
                dict(type='ColorJitter'),
                dict(type='PackSample'),
            ],
        ),
    ),
)
