# Domain adaptation from VKITTI2 to Cityscapes: labels of the whole source in crops of the target's size, images of the
# target. The 8 shared classes.
_base_ = './cityscapes_uda.py'
__classes = dict(class_set='cityscapes_8')
task_settings = dict(semseg=__classes)
train_dataloader = dict(
    labeled=dict(
        dataset=dict(
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
    ),
    target=dict(dataset=__classes),
)
val_dataloader = dict(dataset=__classes)
