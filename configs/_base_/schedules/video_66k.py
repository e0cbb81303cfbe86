# Depth from video on KITTI (https://arxiv.org/abs/1806.01260): 20 epochs of 39,810 frames in batches of 12; the learning
# rate falls to a tenth after 15.
train_cfg = dict(type='StreamTrainLoop', max_iters=66_000, val_interval=3_300)
param_scheduler = [dict(type='MultiStepLR', by_epoch=False, milestones=[49_500], gamma=0.1)]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=1e-4),
    constructor='GroupedOptimWrapperConstructor',
)
