_base_ = './sdn_nyuv2_mtan.py'
balancer = dict(_delete_=True, type='CAGrad', c=0.4)
