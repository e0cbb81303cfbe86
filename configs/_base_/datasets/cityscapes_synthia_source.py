# Adaptation from SYNTHIA to Cityscapes (xTAM, Table 6), where it starts: labels of the whole source alone.
_base_ = './cityscapes_synthia_target.py'
train_dataloader = dict(
    labeled=dict(
        dataset=dict(
            _delete_=True,
            type='SYNTHIADataset',
            data_root='{{$MTLBENCH_DATA:data}}/synthia',
            class_set='cityscapes_16',
            split='all',
            pipeline=[
                dict(type='Resize', size=(512, 1024)),
                dict(type='RandomFlip'),
                dict(type='NormalsFromDepth'),
                dict(type='PackSample'),
            ],
        )
    )
)
