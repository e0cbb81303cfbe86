# KITTI Stereo 2015 with semantics: 19 classes, images of 192 x 640, a random split of the 200 labeled images. To test a
# network that was trained elsewhere, set val_dataloader.dataset.split = 'all'.
_base_ = '../loaders.py'
dataset_name = 'kitti_stereo'
__class_set = 'cityscapes_19'
__resize = dict(type='Resize', size=(192, 640))
__dataset = dict(type='KITTIStereoDataset', data_root='{{$MTLBENCH_DATA:data}}/kitti_stereo', class_set=__class_set)
task_settings = dict(semseg=dict(class_set=__class_set))
train_dataloader = dict(
    labeled=dict(dataset=dict(**__dataset, pipeline=[__resize, dict(type='RandomFlip'), dict(type='PackSample')]))
)
val_dataloader = dict(dataset=dict(**__dataset, pipeline=[__resize, dict(type='PackSample')]))
