_base_ = './sdn_nyuv2_mtan.py'
balancer = dict(_delete_=True, type='IMTL')
optim_wrapper = dict(paramwise_cfg=dict(balancer=dict(lr=0.025)))
