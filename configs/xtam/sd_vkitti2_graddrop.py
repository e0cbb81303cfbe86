_base_ = './sd_vkitti2.py'
balancer = dict(_delete_=True, type='GradDrop')
