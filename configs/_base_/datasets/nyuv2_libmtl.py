# NYUv2 in the arrays of MTAN as LibMTL trains on it (https://github.com/median-research-group/LibMTL): batches of eight, no
# augmentation.
_base_ = './nyuv2_mtan.py'
train_dataloader = dict(labeled=dict(batch_size=8))
