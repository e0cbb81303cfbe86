tasks = dict(semseg=dict(type='SemSegTask'))
balancer = dict(type='FixedWeights', weights=dict(semseg=1))
