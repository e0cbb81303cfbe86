# ScanNet: 40 classes, images of 480 x 640, crops of 480, flips; depth is evaluated up to 10 m. The CCAM paper uses
# ScanNet but does not state these settings.
_base_ = '../loaders.py'
dataset_name = 'scannet'
__class_set = 'nyudv2_40'
__resize = dict(type='Resize', size=(480, 640))
__dataset = dict(type='ScanNetDataset', data_root='{{$MTLBENCH_DATA:data}}/scannet', class_set=__class_set)
task_settings = dict(semseg=dict(class_set=__class_set), depth=dict(max_depth_m=10))
train_dataloader = dict(
    labeled=dict(
        dataset=dict(
            **__dataset,
            pipeline=[
                __resize,
                dict(type='RandomCrop', size=(480, 480)),
                dict(type='RandomFlip'),
                dict(type='NormalsFromDepth'),
                dict(type='PackSample'),
            ],
        )
    )
)
val_dataloader = dict(
    dataset=dict(**__dataset, pipeline=[__resize, dict(type='NormalsFromDepth', max_depth=10), dict(type='PackSample')])
)
