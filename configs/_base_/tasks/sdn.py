tasks = dict(semseg=dict(type='SemSegTask'), depth=dict(type='DepthTask'), normals=dict(type='NormalsTask'))
# Task weights of xTAM, section 4.1.
balancer = dict(type='FixedWeights', weights=dict(semseg=100, depth=1, normals=100))
