_base_ = './sd_cityscapes_mtan.py'
balancer = dict(_delete_=True, type='UPGrad')
