_base_ = './sd_vkitti2.py'
balancer = dict(_delete_=True, type='UncertaintyWeights')
optim_wrapper = dict(paramwise_cfg=dict(balancer=dict(lr=0.025)))
