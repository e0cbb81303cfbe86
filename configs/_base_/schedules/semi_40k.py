_base_ = './sgd_40k.py'
# Learning from few labels (CCAM, section 4.1): from a network that has learnt depth from video, at the rates of 3-ways
# PAD-Net.
starts_from = dict(
    config='sde/d_cityscapes_features',
    parts={
        'network.encoder': 'network.encoder',
        'network.decoders.semseg': 'network.decoders.depth',
        'network.decoders.depth': 'network.decoders.depth',
        'network.heads.depth': 'network.heads.depth',
        'objectives.photometric.pose': 'objectives.photometric.pose',
    },
)
optim_wrapper = dict(paramwise_cfg={'objectives.photometric.pose': dict(lr=1e-6)})
