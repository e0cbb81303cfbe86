# KITTI raw data with the split of Eigen: depth is learned from video on the list of Zhou, in images of 192 x 640 with
# both neighbors, flips and color jitter half of the time. It is evaluated on the annotated depth of Eigen's test frames
# at camera resolution, inside the crop of Garg, up to 80 m, as the mean over the images.
_base_ = './kitti_raw.py'
__lists = dict(train='splits/eigen_zhou/train_files.txt', val='splits/eigen/test_files.txt')
task_settings = dict(
    depth=dict(accumulate='image_rmse', window=(0.40810811, 0.99189189, 0.03594771, 0.96405229), max_depth_m=80)
)
train_dataloader = dict(
    video=dict(
        batch_size=12,
        num_workers=4,
        dataset=dict(
            split_files=__lists,
            pipeline=[
                dict(type='Resize', size=(192, 640)),
                dict(type='RandomFlip'),
                dict(type='ColorJitter'),
                dict(type='PackSample'),
            ],
        ),
    )
)
val_dataloader = dict(
    dataset=dict(
        split_files=__lists,
        tasks=['depth'],
        neighbor_offsets=(),
        pipeline=[dict(type='Resize', size=(192, 640), labels=False), dict(type='PackSample')],
    )
)
