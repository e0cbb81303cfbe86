# Synscapes: 19 classes, images of 512 x 1024 (SemiMTL, section 4.1), flips.
_base_ = './cityscapes_19.py'
dataset_name = 'synscapes'
__dataset = dict(type='SynscapesDataset', data_root='{{$MTLBENCH_DATA:data}}/synscapes')
train_dataloader = dict(labeled=dict(dataset=__dataset))
val_dataloader = dict(dataset=__dataset)
