# Initialization from a network that was trained on depth from video (xTAM, section 4.4; CCAM, section 4.1). Both
# decoders start from its depth decoder.
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
