# Data of your own: images of 320 x 640, flips. A config adds data_root, images, labels and splits; see
# docs/own_data.md.
_base_ = '../loaders.py'
dataset_name = 'folder'
__resize = dict(type='Resize', size=(320, 640))
__dataset = dict(type='FolderDataset', data_root='{{$MTLBENCH_DATA:data}}/folder', computed=dict(normals='depth'))
task_settings = dict()
train_dataloader = dict(
    labeled=dict(
        dataset=dict(
            **__dataset,
            pipeline=[__resize, dict(type='RandomFlip'), dict(type='NormalsFromDepth'), dict(type='PackSample')],
        )
    )
)
val_dataloader = dict(
    dataset=dict(**__dataset, pipeline=[__resize, dict(type='NormalsFromDepth'), dict(type='PackSample')])
)
