# Adaptation from VKITTI2 to Cityscapes (xTAM, Table 6), where it starts: labels of the whole source alone, in crops of
# the target's size.
_base_ = './cityscapes_vkitti2_target.py'
train_dataloader = dict(
    labeled=dict(
        dataset=dict(
            _delete_=True,
            type='VKITTI2Dataset',
            data_root='{{$MTLBENCH_DATA:data}}/vkitti2',
            class_set='vkitti2_8',
            split='all',
            pipeline=[
                dict(type='Resize', size=(512, 1696)),
                dict(type='RandomFlip'),
                dict(type='NormalsFromDepth'),
                dict(type='RandomCrop', size=(512, 1024)),
                dict(type='PackSample'),
            ],
        )
    )
)
