tasks = dict(depth=dict(type='DepthTask'))
balancer = dict(type='FixedWeights', weights=dict(depth=1))
