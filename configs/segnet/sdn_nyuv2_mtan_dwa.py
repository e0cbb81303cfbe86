_base_ = './sdn_nyuv2_mtan.py'
balancer = dict(_delete_=True, type='DWA')
