# Pretraining of depth and motion with a frozen encoder (3-ways PAD-Net, first stage). Its learning rate is zero, but
# its batch norm statistics are updated.
train_cfg = dict(type='StreamTrainLoop', max_iters=300_000, val_interval=10_000)
param_scheduler = [dict(type='MultiStepLR', by_epoch=False, milestones=[160_000], gamma=0.1)]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4),
    constructor='GroupedOptimWrapperConstructor',
    paramwise_cfg={'network.encoder': dict(lr=0.0)},
)
