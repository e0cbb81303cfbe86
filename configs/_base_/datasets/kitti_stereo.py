# KITTI Stereo 2015 with semantics: 19 classes, pictures of 192 x 640. Trained and validated on a random split of the 200
# labelled pictures; who tests a network that was trained elsewhere says val_dataloader.dataset.split = 'all'.
dataset_name = 'kitti_stereo'
__class_set = 'cityscapes_19'
__resize = dict(type='Resize', size=(192, 640))
__dataset = dict(type='KITTIStereoDataset', data_root='{{$MTLBENCH_DATA:data}}/kitti_stereo', class_set=__class_set)
__loader = dict(batch_size=2, num_workers=2, persistent_workers=True)
task_settings = dict(semseg=dict(class_set=__class_set))
train_dataloader = dict(
    labeled=dict(
        **__loader,
        sampler=dict(type='StreamSampler'),
        dataset=dict(**__dataset, split='train', pipeline=[__resize, dict(type='RandomFlip'), dict(type='PackSample')]),
    )
)
val_dataloader = dict(
    **__loader,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(**__dataset, split='val', pipeline=[__resize, dict(type='PackSample')]),
)
