# Losses and weights of MTAN: cross-entropy, L1 of the depth, 1 - cosine of the normals, each with the weight 1.
tasks = dict(semseg=dict(type='SemSegTask'), depth=dict(type='LinearDepthTask'), normals=dict(type='NormalsTask'))
balancer = dict(type='FixedWeights', weights=dict(semseg=1, depth=1, normals=1))
