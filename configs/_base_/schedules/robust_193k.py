# 40 epochs of 28 937 / 6 updates (robust, R10); learning rate divided by ten for the last ten.
train_cfg = dict(type='StreamTrainLoop', max_iters=192_880, val_interval=9_644)
param_scheduler = [dict(type='MultiStepLR', by_epoch=False, milestones=[144_660], gamma=0.1)]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4),
    constructor='GroupedOptimWrapperConstructor',
)
