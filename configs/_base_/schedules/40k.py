# xTAM, section 4.1: 40 000 updates, learning rate divided by ten after 30 000. The scheduler advances once per update.
train_cfg = dict(type='StreamTrainLoop', max_iters=40_000, val_interval=2_500, dynamic_intervals=[(30_000, 1_000)])
param_scheduler = [dict(type='MultiStepLR', by_epoch=False, milestones=[30_000], gamma=0.1)]
