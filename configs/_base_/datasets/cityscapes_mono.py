# Cityscapes for depth from video alone: all frames of the training video with both neighbors, color jitter half of the
# time, crops of 512 x 512. Depth labels are used for evaluation.
_base_ = './cityscapes_video.py'
train_dataloader = dict(
    labeled=None,
    video=dict(
        batch_size=4,
        num_workers=4,
        dataset=dict(
            pipeline=[
                dict(type='Resize', size=(512, 1024)),
                dict(type='RandomFlip'),
                dict(type='ChooseIntrinsics'),
                dict(type='RandomCrop', size=(512, 512)),
                dict(type='ColorJitter'),
                dict(type='PackSample'),
            ]
        ),
    ),
)
