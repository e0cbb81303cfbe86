tasks = dict(normals=dict(type='NormalsTask'))
balancer = dict(type='FixedWeights', weights=dict(normals=1))
