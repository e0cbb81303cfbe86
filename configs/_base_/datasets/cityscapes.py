# Cityscapes as in the xTAM paper: 16 classes, images of 512 x 1024, flips (section 4.1).
_base_ = '../loaders.py'
dataset_name = 'cityscapes'
__class_set = 'cityscapes_16'
__resize = dict(type='Resize', size=(512, 1024))
__dataset = dict(type='CityscapesDataset', data_root='{{$MTLBENCH_DATA:data}}/cityscapes', class_set=__class_set)
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
