_base_ = './sd_vkitti2.py'
balancer = dict(weights=dict(depth=10))
