# SYNTHIA-RAND-CITYSCAPES as the xTAM paper uses it: 16 classes, pictures of 512 x 1024, flips (section 4.1).
dataset_name = 'synthia'
__class_set = 'cityscapes_16'
__resize = dict(type='Resize', size=(512, 1024))
__dataset = dict(type='SYNTHIADataset', data_root='{{$MTLBENCH_DATA:data}}/synthia', class_set=__class_set)
__loader = dict(batch_size=2, num_workers=2, persistent_workers=True)
task_settings = dict(semseg=dict(class_set=__class_set))
train_dataloader = dict(
    labeled=dict(
        **__loader,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            **__dataset,
            split='train',
            pipeline=[__resize, dict(type='RandomFlip'), dict(type='NormalsFromDepth'), dict(type='PackSample')],
        ),
    )
)
val_dataloader = dict(
    **__loader,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        **__dataset,
        split='val',
        pipeline=[__resize, dict(type='NormalsFromDepth', max_depth=80), dict(type='PackSample')],
    ),
)
