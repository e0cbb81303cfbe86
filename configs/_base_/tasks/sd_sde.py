# Depth is learnt from video. Both losses weigh the same (xTAM, section 4.4).
tasks = dict(
    semseg=dict(type='SemSegTask'),
    depth=dict(type='DisparityDepthTask'),
)
balancer = dict(type='FixedWeights', weights=dict(semseg=1, depth=1))
