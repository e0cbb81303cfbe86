tasks = dict(height=dict(type='HeightTask'))
balancer = dict(type='FixedWeights', weights=dict(height=0.01))
