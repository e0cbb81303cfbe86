# Tables that balancer papers share, on Cityscapes: 200 epochs of 372 updates (2975 images in batches of 8); else as on NYUv2.
_base_ = './mtan_nyuv2.py'
train_cfg = dict(max_iters=74_400, val_interval=7_440, dynamic_intervals=[(70_308, 372)])
param_scheduler = [dict(type='MultiStepLR', by_epoch=False, milestones=[37_200], gamma=0.5)]
