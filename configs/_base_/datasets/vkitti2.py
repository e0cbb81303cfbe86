# Virtual KITTI 2 as in the xTAM paper: 14 classes, images of 320 x 1024, flips (section 4.1).
_base_ = '../loaders.py'
dataset_name = 'vkitti2'
__class_set = 'vkitti2_14'
__resize = dict(type='Resize', size=(320, 1024))
__dataset = dict(type='VKITTI2Dataset', data_root='{{$MTLBENCH_DATA:data}}/vkitti2', class_set=__class_set)
task_settings = dict(semseg=dict(class_set=__class_set))
train_dataloader = dict(
    labeled=dict(
        dataset=dict(
            **__dataset,
            pipeline=[__resize, dict(type='RandomFlip'), dict(type='NormalsFromDepth'), dict(type='PackSample')],
        )
    )
)
val_dataloader = dict(
    dataset=dict(**__dataset, pipeline=[__resize, dict(type='NormalsFromDepth', max_depth=80), dict(type='PackSample')])
)
