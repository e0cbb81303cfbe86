"""Small learners in float64, whose updates are compared with a plain backward pass for each task."""

import torch

from mtlbench.balancers import GramianBalancer, JacobianBalancer
from mtlbench.learner import Learner
from mtlbench.processes import draw_in_common
from mtlbench.registry import BALANCERS, MODELS
from mtlbench.structures import Batch, MultiTaskSample, register_class_set

register_class_set('balancing_4', 'abcd', [(i, i, i) for i in range(4)])
SIZE = (32, 32)
NODES = dict(
    semseg=dict(type='SemSegTask', class_set='balancing_4'),
    depth=dict(type='LinearDepthTask'),
    normals=dict(type='NormalsTask'),
)
TASKS = tuple(NODES)
EXCHANGE = dict(exchange=dict(type='CrossTaskExchange'), exchange_levels=(1,), head_levels=(1, 0))
WEIGHTS = dict(zip(TASKS, (0.3, 2.0, -0.5), strict=True))


class Given(GramianBalancer):
    """Gives weights of the test, and keeps what it saw."""

    def __init__(self, tasks, weights=None):
        super().__init__(tasks)
        self.given, self.seen = weights or WEIGHTS, []

    def weights(self, measured):
        self.seen.append(measured)
        return torch.tensor([self.given[task] for task in measured.tasks], dtype=torch.float64)


class GivenJacobian(JacobianBalancer):
    """Weighs the tasks on the maps."""

    def combine(self, maps, gradients):
        weights = torch.tensor([WEIGHTS[task] for task in self.tasks], dtype=gradients.dtype)
        return (weights.view(-1, 1, 1, 1, 1) * gradients).sum(0)


def build(balancer=None, tasks=TASKS, **options) -> Learner:
    """A learner of small layers in float64, whose batch norms use fixed statistics."""
    torch.manual_seed(0)
    network = dict(
        type='MultiTaskNetwork',
        encoder=dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None),
        decoder=dict(type='SkipDecoder', channels=(8, 8, 8, 8), aspp_channels=8, dropout=0.0),
        **options.pop('network', {}),
    )
    objectives = dict(supervised=dict(type='SupervisedObjective'), **options.pop('objectives', {}))
    fixed = dict(type='FixedWeights', weights=dict.fromkeys(tasks, 1))
    nodes = {task: NODES[task] for task in tasks}
    learner = MODELS.build(
        dict(type='Learner', tasks=nodes, network=network, objectives=objectives, balancer=fixed, **options)
    )
    if balancer is not None:
        learner.balancer = balancer
        learner.separate = learner._separate_gradients(options.get('gradients_on', 'maps'))
    learner.double().train()
    for module in learner.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.eval()
    return learner


def batch(seed=0, labels=(TASKS, TASKS), stream='labeled'):
    """A batch with a sample for each list of tasks that it is labeled for."""
    draw = torch.Generator().manual_seed(seed)
    samples = []
    for tasks in labels:
        values = torch.rand(1, *SIZE, generator=draw)
        full = dict(
            semseg=(4 * values).long(),
            depth=(1 + 60 * values).double(),
            normals=torch.nn.functional.normalize(torch.randn(3, *SIZE, generator=draw).double(), dim=0),
        )
        sample = MultiTaskSample()
        for task in tasks:
            sample.set_label(task, full[task])
        samples.append(sample)
    return {stream: Batch(torch.rand(len(labels), 3, *SIZE, generator=draw, dtype=torch.float64), samples)}


def plain_losses(learner, batches):
    """The loss of each task, from the terms of a learner with fixed weights."""
    losses = learner(batches, mode='loss')
    return {task: losses[f'loss_{task}'] for task in learner.tasks if f'loss_{task}' in losses}


def plain_gradients(learner, losses, inputs):
    """Gradients of each loss by itself: (tasks, inputs), zeros where it does not reach."""
    rows = []
    for loss in losses.values():
        found = torch.autograd.grad(loss, inputs, retain_graph=True, allow_unused=True)
        rows.append([torch.zeros_like(i) if one is None else one for one, i in zip(found, inputs, strict=True)])
    return rows


def patch_float(monkeypatch):
    """Compute losses, which are float32 whatever the network, in float64."""
    monkeypatch.setattr(torch.Tensor, 'float', torch.Tensor.double)


def learner_with(name, **options):
    """A learner whose balancer is a registered one, and whose preprocessor takes prepared batches."""
    node = options.pop('arguments', {})
    learner = build(BALANCERS.build(dict(type=name, tasks=list(TASKS), **node)), **options)
    learner._check_routes()
    learner.data_preprocessor.forward = lambda data, training=False: dict(batches=data)
    return learner


def train_on(learner, wrapper, batches, updates):
    """Train on prepared batches; the draws of a batch depend on the number of its update."""
    logged = []
    for one, update in zip(batches, updates, strict=True):
        torch.manual_seed(update)
        with draw_in_common(update):
            logged.append(learner.train_step(one, wrapper))
    return logged


def joined(batches, stream='labeled'):
    """Batches as one."""
    parts = [one[stream] for one in batches]
    return {stream: Batch(torch.cat([one.images for one in parts]), [s for one in parts for s in one.samples])}
