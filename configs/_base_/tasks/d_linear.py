# Loss of MTAN: L1 of the depth.
tasks = dict(depth=dict(type='LinearDepthTask'))
balancer = dict(type='FixedWeights', weights=dict(depth=1))
