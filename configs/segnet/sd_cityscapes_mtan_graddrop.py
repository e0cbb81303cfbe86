_base_ = './sd_cityscapes_mtan.py'
balancer = dict(_delete_=True, type='GradDrop')
model = dict(gradients_on='maps')  # the only place where GradDrop works
