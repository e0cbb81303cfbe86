# Cityscapes for segmentation with self-supervised depth (xTAM, section 4.4): frames with semantic labels, and their
# neighbors in the video; crops of 512 x 512. Depth labels are used for evaluation only.
_base_ = './cityscapes.py'
train_dataloader = dict(
    labeled=dict(
        dataset=dict(
            tasks=['semseg'],
            neighbor_offsets=(-1, 1),
            require_neighbors=True,
            pipeline=[
                dict(type='Resize', size=(512, 1024)),
                dict(type='RandomFlip'),
                dict(type='ChooseIntrinsics'),
                dict(type='RandomCrop', size=(512, 512)),
                dict(type='PackSample'),
            ],
        )
    )
)
