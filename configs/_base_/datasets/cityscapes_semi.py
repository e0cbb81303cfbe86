# Cityscapes with few labels (CCAM, section 4.1). 1/8 of the training frames has semantic labels. The second stream has
# all training frames, with their neighbors in the video. 19 classes, crops of 512 x 512. Depth labels are used for
# evaluation, in the center of the image.
_base_ = './cityscapes_19.py'
__frames = dict(
    type='CityscapesDataset',
    data_root='{{$MTLBENCH_DATA:data}}/cityscapes',
    class_set='cityscapes_19',
    split='train',
    subset=372,
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
__loader = dict(batch_size=2, num_workers=2, persistent_workers=True, sampler=dict(type='StreamSampler'))
task_settings = dict(depth=dict(accumulate='image_rmse', window=(0.25, 0.75, 0.09375, 0.90625)))
train_dataloader = dict(
    labeled=dict(dataset=__frames), unlabeled=dict(**__loader, dataset=dict(**__frames, subset_part='both'))
)
