# Depth is learned from video. Both losses have the same weight (xTAM, section 4.4).
tasks = dict(
    semseg=dict(type='SemSegTask'),
    depth=dict(type='DisparityDepthTask'),
)
balancer = dict(type='FixedWeights', weights=dict(semseg=1, depth=1))
