"""More words in configs and options: values of no kind, parts that are none, and options that must go on working."""

from __future__ import annotations

from campaign import Fault, planted, refused, right, train
from table_config import own

MTL = 'mtl/sd_vkitti2'
VALUES = {
    'default_scope': ('-1', 'default_scope'),
    'env_cfg.mp_cfg.mp_start_method': ('thread', 'mp_start_method'),
    'env_cfg.dist_cfg.timeot': ('9', 'timeout'),
    'train_dataloader.labeled.batch_size': ('None', 'train_dataloader.labeled.batch_size'),
    'train_dataloader.labeled.dataset.tasks': ('[deph]', 'train_dataloader.labeled.dataset.tasks', 'depth'),
    'train_cfg.max_iters': ('1e3', 'train_cfg.max_iters', 'whole number'),
    'train_cfg.dynamic_intervals': ('[5]', 'train_cfg.dynamic_intervals', 'tuple'),
    'default_hooks.logger.interval': ('True', 'default_hooks.logger.interval'),
    'param_scheduler.0.gamma': ('-1', 'param_scheduler.0.gamma'),
    'optim_wrapper.constructor': ('Groupd', 'optim_wrapper.constructor'),
    'visualizer.vis_backends': ('x', 'visualizer.vis_backends'),
    'sync_bn': ('all', 'sync_bn', 'torch'),
    'task_settings.deph.window': ('1', 'task_settings.deph', 'depth'),
    'balancer.weights.depth': ('-1', 'balancer.weights.depth'),
    'tasks.depth.type': ('5', 'tasks.depth', 'name of a class'),
}
LINES = {
    'an empty name of a class': ("model = dict(network=dict(encoder=dict(type='')))", 'model.network.encoder', "''"),
    'a list for a class': ('model = dict(network=dict(decoder=dict(type=[])))', 'model.network.decoder', '[]'),
    'a word for a task': ("tasks = dict(depth=dict(_delete_=True), extra='x')", 'tasks.extra', 'a dict'),
    'a number for a stream': ('train_dataloader = dict(more=5)', 'train_dataloader.more', 'a dict'),
    'a word for settings': ("task_settings = dict(depth='x')", 'task_settings'),
    'pipelines with an empty step': (
        'train_dataloader = dict(labeled=dict(dataset=dict(pipeline=[{}])))',
        'pipeline.0',
        "no 'type'",
    ),
    'test data that do not fit': ("test_dataloader = dict(dataset=dict(pipeline='x'))", 'test_dataloader'),
    'groups of the wrong constructor': (
        "optim_wrapper = dict(constructor='DefaultOptimWrapperConstructor', paramwise_cfg=dict(encoder=dict(lr=1)))",
        'paramwise_cfg',
        'custom_keys',
    ),
}

FAULTS = [
    *[
        Fault(f'{key}={value}', train(MTL, f'{key}={value}'), refused(*words))
        for key, (value, *words) in VALUES.items()
    ],
    *[Fault(name, planted(*own('more', line)), refused(*words)) for name, (line, *words) in LINES.items()],
    Fault(
        'another class and what it takes',
        train(MTL, 'optim_wrapper.optimizer.momentum=0.9', 'optim_wrapper.optimizer.type=RMSprop'),
        right(),
    ),
    Fault('a step of the test alone', train(MTL, 'test_dataloader.dataset.pipeline.0.size=[64,64]'), right()),
]
