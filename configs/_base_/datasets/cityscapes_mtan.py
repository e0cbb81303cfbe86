# Cityscapes in the arrays of MTAN (https://arxiv.org/abs/1803.10704): 7 classes and inverse depth, images of 128 x 256, no
# augmentation.
_base_ = '../loaders.py'
dataset_name = 'cityscapes_mtan'
__class_set = 'cityscapes_7'
__resize = dict(type='Resize', size=(128, 256))
# Points at infinity count in the published errors of the inverse depth.
__dataset = dict(
    type='CityscapesDataset',
    data_root='{{$MTLBENCH_DATA:data}}/cityscapes_mtan',
    class_set=__class_set,
    infinity=True,
    pipeline=[__resize, dict(type='PackSample')],
)
task_settings = dict(semseg=dict(class_set=__class_set))
train_dataloader = dict(labeled=dict(batch_size=8, dataset=__dataset))
val_dataloader = dict(batch_size=8, dataset=__dataset)
