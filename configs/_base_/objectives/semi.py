# Labels, depth from the video of both streams, and the classes that a mean teacher tells of mixed images.
_base_ = './photometric.py'
objectives = dict(
    photometric=dict(stream=('labeled', 'unlabeled')),
    pseudo_labels=dict(type='PseudoLabelObjective', mixer=dict(type='DepthMixer')),
)
