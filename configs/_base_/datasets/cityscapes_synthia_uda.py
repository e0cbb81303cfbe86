# Adaptation from SYNTHIA to Cityscapes (xTAM, Table 6): labels of the whole source, pictures of the target.
_base_ = './cityscapes_synthia_source.py'
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
