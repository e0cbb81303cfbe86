# Data of your own in folders: images of 320 x 640, flips. A config adds data_root, images, labels and splits; see
# docs/own_data.md.
_base_ = '../loaders.py'
dataset_name = 'folder'
__resize = dict(type='Resize', size=(320, 640))
train_dataloader = dict(
    labeled=dict(
        dataset=dict(
            type='FolderDataset',
            pipeline=[__resize, dict(type='RandomFlip'), dict(type='NormalsFromDepth'), dict(type='PackSample')],
        )
    )
)
val_dataloader = dict(
    dataset=dict(type='FolderDataset', pipeline=[__resize, dict(type='NormalsFromDepth'), dict(type='PackSample')])
)
