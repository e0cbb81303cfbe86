# KITTI raw data with the split of Eigen: depth is learned from the annotated depth of the frames in the list of Zhou.
_base_ = './kitti_raw_eigen.py'
train_dataloader = dict(
    video=None,
    labeled=dict(
        batch_size=8,
        num_workers=4,
        persistent_workers=True,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            type='KITTIRawDataset',
            data_root='{{$MTLBENCH_DATA:data}}/kitti_raw',
            split='train',
            split_files=dict(train='splits/eigen_zhou/train_files.txt', val='splits/eigen/test_files.txt'),
            tasks=['depth'],
            pipeline=[
                dict(type='Resize', size=(192, 640)),
                dict(type='RandomFlip'),
                dict(type='ColorJitter'),
                dict(type='PackSample'),
            ],
        ),
    ),
)
