# Tables that balancer papers share, on NYUv2: 200 epochs of 398 updates (795 images in batches of 2), Adam at 1e-4 without
# weight decay, the rate halved after 100 epochs. Metrics are means over the validations after the last ten epochs; the interval
# changes an epoch earlier, so that rounding leaves a small profile ten validations as well.
_base_ = '../default_runtime.py'  # included here, as the record's hook has an option
train_cfg = dict(type='StreamTrainLoop', max_iters=79_600, val_interval=7_960, dynamic_intervals=[(75_222, 398)])
default_hooks = dict(record=dict(average_last=10))
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4),
    constructor='GroupedOptimWrapperConstructor',
    paramwise_cfg={},
)
param_scheduler = [dict(type='MultiStepLR', by_epoch=False, milestones=[39_800], gamma=0.5)]
