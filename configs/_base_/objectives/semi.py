# Labels, depth from the video of both streams, and a mean teacher's pseudo-labels on mixed images.
_base_ = './photometric.py'
objectives = dict(
    photometric=dict(stream=('labeled', 'unlabeled')),
    pseudo_labels=dict(type='PseudoLabelObjective', mixer=dict(type='DepthMixer')),
)
