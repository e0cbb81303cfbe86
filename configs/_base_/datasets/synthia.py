# SYNTHIA-RAND-CITYSCAPES as in the xTAM paper, with the settings of Cityscapes (section 4.1).
_base_ = './cityscapes.py'
dataset_name = 'synthia'
__dataset = dict(type='SYNTHIADataset', data_root='{{$MTLBENCH_DATA:data}}/synthia')
train_dataloader = dict(labeled=dict(dataset=__dataset))
val_dataloader = dict(dataset=__dataset)
