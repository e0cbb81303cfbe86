# ScanNet for depth from video alone: every 20th frame, with neighbors ten frames before and after it, because adjacent
# frames of hand-held video hardly differ. Depth labels are used for evaluation.
_base_ = './scannet.py'
train_dataloader = dict(
    _delete_=True,
    video=dict(
        batch_size=4,
        num_workers=4,
        persistent_workers=True,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            type='ScanNetDataset',
            data_root='{{$MTLBENCH_DATA:data}}/scannet',
            class_set='nyudv2_40',
            split='train',
            tasks=[],
            neighbor_offsets=(-10, 10),
            require_neighbors=True,
            pipeline=[
                dict(type='Resize', size=(480, 640)),
                dict(type='RandomFlip'),
                dict(type='ChooseIntrinsics'),
                dict(type='RandomCrop', size=(480, 480)),
                dict(type='ColorJitter'),
                dict(type='PackSample'),
            ],
        ),
    ),
)
task_settings = dict(depth=dict(near_m=0.1, far_m=10, accumulate='image_rmse'))
