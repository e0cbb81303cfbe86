# NYUv2 in the arrays of MTAN (https://arxiv.org/abs/1803.10704): 13 classes, images of 288 x 384, no augmentation. Metrics
# are computed over the pixels of the whole set.
_base_ = '../loaders.py'
dataset_name = 'nyuv2_mtan'
__class_set = 'nyudv2_13'
__resize = dict(type='Resize', size=(288, 384))
__dataset = dict(
    type='NYUDv2Dataset',
    data_root='{{$MTLBENCH_DATA:data}}/nyuv2_mtan',
    class_set=__class_set,
    pipeline=[__resize, dict(type='PackSample')],
)
task_settings = dict(semseg=dict(class_set=__class_set), normals=dict(accumulate='pixel'))
train_dataloader = dict(labeled=dict(dataset=__dataset))
val_dataloader = dict(dataset=__dataset)
