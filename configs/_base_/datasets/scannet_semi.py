# ScanNet with few labels (CCAM, section 4.3): an eighth of the training frames has class labels, and all of them, with
# those ten frames before and after, are the second stream. Depth labels serve evaluation.
_base_ = './scannet.py'
__few = dict(subset=0.125)
__pipeline = [
    dict(type='Resize', size=(480, 640)),
    dict(type='RandomFlip'),
    dict(type='ChooseIntrinsics'),
    dict(type='RandomCrop', size=(480, 480)),
    dict(type='PackSample'),
]
train_dataloader = dict(
    labeled=dict(
        dataset=dict(
            **__few,
            tasks=['semseg'],
            neighbour_offsets=(-10, 10),
            require_neighbours=True,
            pipeline=__pipeline,
        ),
    ),
    unlabeled=dict(
        batch_size=2,
        num_workers=2,
        persistent_workers=True,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            type='ScanNetDataset',
            data_root='{{$MTLBENCH_DATA:data}}/scannet',
            class_set='nyudv2_40',
            split='train',
            **__few,
            subset_part='both',
            tasks=['semseg'],
            neighbour_offsets=(-10, 10),
            require_neighbours=True,
            pipeline=__pipeline,
        ),
    ),
)
task_settings = dict(depth=dict(near_m=0.1, far_m=10, accumulate='image_rmse'))
