# Domain adaptation from SYNTHIA to Cityscapes: labels of the whole source, images of the target. 16 classes.
_base_ = './cityscapes_uda.py'
train_dataloader = dict(
    labeled=dict(dataset=dict(type='SYNTHIADataset', data_root='{{$MTLBENCH_DATA:data}}/synthia', split='all'))
)
