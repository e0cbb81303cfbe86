_base_ = './40k.py'
# Training with self-supervised depth (xTAM, section 4.4): from a network that has learnt depth from video, at low rates.
starts_from = dict(
    config='sde/d_cityscapes',
    parts={
        'network.encoder': 'network.encoder',
        'network.decoders.semseg': 'network.decoders.depth',
        'network.decoders.depth': 'network.decoders.depth',
        'network.heads.depth': 'network.heads.depth',
        'objectives.photometric.pose': 'objectives.photometric.pose',
    },
)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=5e-5),
    constructor='GroupedOptimWrapperConstructor',
    paramwise_cfg={'network.encoder': dict(lr=1e-5), 'objectives.photometric.pose': dict(lr=1e-6)},
    clip_grad=dict(max_norm=10),
)
