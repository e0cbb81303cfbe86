# NYUDv2 as in the xTAM paper: 40 classes, images of 448 x 576, flips (section 4.1).
_base_ = '../loaders.py'
dataset_name = 'nyudv2'
__class_set = 'nyudv2_40'
__resize = dict(type='Resize', size=(448, 576))
__dataset = dict(type='NYUDv2Dataset', data_root='{{$MTLBENCH_DATA:data}}/nyudv2', class_set=__class_set)
# The loss of the normals includes every pixel, as in the authors' code.
task_settings = dict(semseg=dict(class_set=__class_set), normals=dict(over_valid=False))
train_dataloader = dict(
    labeled=dict(dataset=dict(**__dataset, pipeline=[__resize, dict(type='RandomFlip'), dict(type='PackSample')]))
)
val_dataloader = dict(dataset=dict(**__dataset, pipeline=[__resize, dict(type='PackSample')]))
