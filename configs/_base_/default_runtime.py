default_scope = 'mtlbench'
env_cfg = dict(
    cudnn_benchmark=True, mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0), dist_cfg=dict(backend='nccl')
)
randomness = dict(seed=42)
default_hooks = dict(
    runtime_info=dict(type='RuntimeInfoHook'),
    timer=dict(type='IterTimerHook'),
    loss_guard=dict(type='LossGuardHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    idle_parts=dict(type='IdlePartsHook'),
    draw=dict(type='DrawPredictionsHook', most=3),
    record=dict(type='ResultRecordHook'),
    checkpoint=dict(type='AtomicCheckpointHook', interval=1000),
)
custom_hooks = []
log_processor = dict(by_epoch=False)
log_level = 'INFO'
load_from = None
resume = False
visualizer = dict(type='mmengine.Visualizer', vis_backends=[dict(type='LocalVisBackend')])
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
val_evaluator = dict(type='MultiTaskMetric')
