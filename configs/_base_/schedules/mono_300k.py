# Pretraining of depth and motion around an encoder that keeps its weights (3-ways PAD-Net, first stage). A rate of zero
# freezes the encoder, while its batch norms go on gathering statistics.
train_cfg = dict(type='StreamTrainLoop', max_iters=300_000, val_interval=10_000)
param_scheduler = [dict(type='MultiStepLR', by_epoch=False, milestones=[160_000], gamma=0.1)]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4),
    constructor='GroupedOptimWrapperConstructor',
    paramwise_cfg={'network.encoder': dict(lr=0.0)},
)
