# ISPRS Vaihingen as in the SemiMTL paper, with the settings of Potsdam (section 4.1).
_base_ = './potsdam.py'
dataset_name = 'vaihingen'
__dataset = dict(type='VaihingenDataset', data_root='{{$MTLBENCH_DATA:data}}/vaihingen')
train_dataloader = dict(labeled=dict(dataset=__dataset))
val_dataloader = dict(dataset=__dataset)
