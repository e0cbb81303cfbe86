# Training with self-supervised depth (xTAM, section 4.4): low learning rates.
_base_ = ['./40k.py', './from_video.py']
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=5e-5),
    constructor='GroupedOptimWrapperConstructor',
    paramwise_cfg={'network.encoder': dict(lr=1e-5), 'objectives.photometric.pose': dict(lr=1e-6)},
    clip_grad=dict(max_norm=10),
)
