tasks = dict(depth=dict(type='InverseDepthTask'))
balancer = dict(type='FixedWeights', weights=dict(depth=0.01))
