# ISPRS Potsdam as in the SemiMTL paper: patches of 512 pixels at 9 cm, crops of 384, flips (section 4.1).
_base_ = '../loaders.py'
dataset_name = 'potsdam'
__class_set = 'isprs_6'
__resize = dict(type='Resize', size=(512, 512))
__dataset = dict(type='PotsdamDataset', data_root='{{$MTLBENCH_DATA:data}}/potsdam', class_set=__class_set)
task_settings = dict(semseg=dict(class_set=__class_set))
train_dataloader = dict(
    labeled=dict(
        batch_size=8,
        dataset=dict(
            **__dataset,
            pipeline=[
                __resize,
                dict(type='RandomCrop', size=(384, 384)),
                dict(type='RandomFlip'),
                dict(type='PackSample'),
            ],
        ),
    )
)
val_dataloader = dict(batch_size=8, dataset=dict(**__dataset, pipeline=[__resize, dict(type='PackSample')]))
