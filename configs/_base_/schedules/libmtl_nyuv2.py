# LibMTL on NYUv2: 200 epochs of 99 updates (795 images in batches of 8, the last batch dropped), Adam at 1e-4 with weight decay
# 1e-5, the rate halved after 100 epochs. LibMTL reports the epoch that is best on the test set; here it is the last.
train_cfg = dict(type='StreamTrainLoop', max_iters=19_800, val_interval=990)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4, weight_decay=1e-5),
    constructor='GroupedOptimWrapperConstructor',
    paramwise_cfg={},
)
param_scheduler = [dict(type='MultiStepLR', by_epoch=False, milestones=[9_900], gamma=0.5)]
