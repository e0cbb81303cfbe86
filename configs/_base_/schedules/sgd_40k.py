_base_ = './40k.py'
# Learning rates: 1e-2, and 1e-3 for the encoder (xTAM, section 4.1).
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1e-2, momentum=0.9, weight_decay=5e-4),
    constructor='GroupedOptimWrapperConstructor',
    paramwise_cfg={'network.encoder': dict(lr=1e-3)},
    clip_grad=dict(max_norm=10),
)
