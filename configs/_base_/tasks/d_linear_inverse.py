# Loss of MTAN on Cityscapes: L1 of the inverse depth.
tasks = dict(depth=dict(type='LinearInverseDepthTask'))
balancer = dict(type='FixedWeights', weights=dict(depth=1))
