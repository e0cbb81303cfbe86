# Losses and weights of MTAN on Cityscapes: cross-entropy, and L1 of the inverse depth, each with the weight 1.
tasks = dict(semseg=dict(type='SemSegTask'), depth=dict(type='LinearInverseDepthTask'))
balancer = dict(type='FixedWeights', weights=dict(semseg=1, depth=1))
