# Domain adaptation to Cityscapes (xTAM, Table 6), whose images are the second stream. Configs built on this one set the
# source. Depth is evaluated up to scale, because the scales of source and target may differ.
_base_ = './cityscapes.py'
task_settings = dict(depth=dict(median_scaling=True))
train_dataloader = dict(
    target=dict(
        batch_size=2,
        num_workers=2,
        persistent_workers=True,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            type='CityscapesDataset',
            data_root='{{$MTLBENCH_DATA:data}}/cityscapes',
            class_set='cityscapes_16',
            split='train',
            tasks=[],
            pipeline=[dict(type='Resize', size=(512, 1024)), dict(type='RandomFlip'), dict(type='PackSample')],
        ),
    )
)
