"""A small learner with critics, and batches for it."""

import torch

from mtlbench.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from mtlbench.structures import Batch, MultiTaskSample, register_class_set

register_class_set('adversarial_4', 'abcd', [(i, 2 * i, 3 * i) for i in range(4)])
SIZE = (32, 64)
CHANNELS = (4, 8, 8, 8)
CRITIC = dict(type='PatchDiscriminator', channels=CHANNELS)
TASKS = dict(
    semseg=dict(type='SemSegTask', class_set='adversarial_4'),
    depth=dict(type='DepthTask'),
    normals=dict(type='NormalsTask'),
)
NETWORK = dict(
    type='MultiTaskNetwork',
    encoder=dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None),
    decoder=dict(type='SkipDecoder', channels=(8, 8, 8, 8), aspp_channels=8, dropout=0.0),
    head_levels=(1, 0),
)

OPTIMIZERS = dict(
    optimizer=dict(type='SGD', lr=1e-2, momentum=0.9),
    critics=dict(optimizer=dict(type='Adam', lr=1e-3, betas=(0.9, 0.99))),
)


def build_wrapper(model, **changes):
    """The optimizers of a learner, or of one that is wrapped for several processes."""
    constructor = dict(type='GroupedOptimWrapperConstructor', optim_wrapper_cfg={**OPTIMIZERS, **changes})
    return OPTIM_WRAPPER_CONSTRUCTORS.build(constructor)(model)


def build_learner(objectives, tasks=('semseg', 'depth'), settings=None, routes=None, **network):
    """A learner from seed 0."""
    torch.manual_seed(0)
    nodes = {name: {**TASKS[name], **(settings or {}).get(name, {})} for name in tasks}
    supervised = {
        f'supervised_{stream}': dict(type='SupervisedObjective', stream=stream)
        for stream in objectives.pop('supervised', ['labeled'])
    }
    cfg = dict(
        type='Learner',
        tasks=nodes,
        network={**NETWORK, **network},
        objectives={**supervised, **objectives},
        balancer=dict(type='FixedWeights', weights={task: 50.0 if task == 'semseg' else 1.0 for task in tasks}),
        routes=routes,
    )
    return MODELS.build(cfg).train()


def make_batch(tasks=('semseg', 'depth'), seed=0, count=2):
    """Images of noise, labeled for these tasks, with some invalid pixels."""
    draw = torch.Generator().manual_seed(seed)
    makers = dict(
        semseg=lambda holes: torch.randint(4, (1, *SIZE), generator=draw).masked_fill(holes, 255),
        depth=lambda holes: (1 + 60 * torch.rand(1, *SIZE, generator=draw)).masked_fill(holes, 0),
    )
    samples = []
    for _ in range(count):
        sample = MultiTaskSample()
        for task in tasks:
            sample.set_label(task, makers[task](torch.rand(1, *SIZE, generator=draw) < 0.2))
        samples.append(sample)
    return Batch(torch.rand(count, 3, *SIZE, generator=draw), samples)


def gradients(module):
    """The parameters that have a gradient that is not zero, by name."""
    return {
        name: value.grad for name, value in module.named_parameters() if value.grad is not None and value.grad.any()
    }
