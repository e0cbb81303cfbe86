tasks = dict(edges=dict(type='EdgesTask'))
balancer = dict(type='FixedWeights', weights=dict(edges=1))
