# Depth learned from video.
tasks = dict(
    depth=dict(type='DisparityDepthTask'),
)
balancer = dict(type='FixedWeights', weights=dict(depth=1))
