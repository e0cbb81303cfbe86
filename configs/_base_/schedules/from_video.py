# The start from a network that has learnt depth from video (xTAM, section 4.4; CCAM, section 4.1): its depth decoder's
# weights go to both decoders.
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
