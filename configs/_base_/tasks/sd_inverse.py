tasks = dict(semseg=dict(type='SemSegTask'), depth=dict(type='InverseDepthTask'))
# Task weights of SemiMTL, section 4.1.
balancer = dict(type='FixedWeights', weights=dict(semseg=1, depth=0.01))
