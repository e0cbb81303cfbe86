# SemiMTL, section 4.1: SGD with polynomial decay to zero. The paper does not state the number of updates; 40 000 is a
# choice. mmengine reaches eta_min one update before the end.
train_cfg = dict(type='StreamTrainLoop', max_iters=40_000, val_interval=5_000)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1e-2, momentum=0.9, weight_decay=1e-4),
    constructor='GroupedOptimWrapperConstructor',
    paramwise_cfg={},
)
param_scheduler = [dict(type='PolyLR', by_epoch=False, power=0.9, eta_min=0.0, end=40_001)]
