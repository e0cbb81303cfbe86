_base_ = './s_robust.py'
# Depth is learned from video. Losses have equal weights; gradients are weighted instead (robust, equation 5).
tasks = dict(
    depth=dict(type='DisparityDepthTask'),
)
balancer = dict(weights=dict(depth=1))
