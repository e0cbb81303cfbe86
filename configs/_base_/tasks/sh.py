tasks = dict(semseg=dict(type='SemSegTask'), height=dict(type='HeightTask'))
# Task weights of SemiMTL, section 4.1.
balancer = dict(type='FixedWeights', weights=dict(semseg=1, height=0.01))
