tasks = dict(semseg=dict(type='SemSegTask'), depth=dict(type='DepthTask'))
# Task weights of xTAM, section 4.1.
balancer = dict(type='FixedWeights', weights=dict(semseg=50, depth=1))
