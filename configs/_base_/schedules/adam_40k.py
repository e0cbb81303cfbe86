_base_ = './40k.py'
# Learning rates: 3e-4, and 2e-4 for the encoder (xTAM, section 4.1).
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=3e-4, betas=(0.9, 0.98)),
    constructor='GroupedOptimWrapperConstructor',
    paramwise_cfg={'network.encoder': dict(lr=2e-4)},
    clip_grad=dict(max_norm=10),
)
