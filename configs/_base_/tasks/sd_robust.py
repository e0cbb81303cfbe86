_base_ = './s_robust.py'
# Depth is learnt from video. The losses weigh the same; the balance is that of the gradients (robust, equation 5).
tasks = dict(
    depth=dict(type='DisparityDepthTask'),
)
balancer = dict(weights=dict(depth=1))
