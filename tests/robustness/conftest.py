"""A small network, its tasks, and pictures it has learnt something of."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mtlbench.models import MultiTaskNetwork
from mtlbench.objectives import Batch
from mtlbench.robustness import Case, Victim
from mtlbench.structures import MultiTaskSample, register_class_set
from mtlbench.tasks import DepthTask, EdgesTask, NormalsTask, SemSegTask

register_class_set('robust_3', 'abc', [(0, 0, 0), (100, 0, 0), (0, 100, 0)])
SIZE = (32, 64)


def tasks():
    return {'semseg': SemSegTask('robust_3'), 'depth': DepthTask(), 'normals': NormalsTask(), 'edges': EdgesTask()}


def scenes(count, seed=0):
    """Pictures (N, 3, H, W) of three textures in gray values, and labels of every task that follow from them."""
    draw = torch.Generator().manual_seed(seed)
    field = F.interpolate(torch.randn(count, 1, 4, 8, generator=draw), SIZE, mode='bicubic')
    ids = 1 + (field > 0.4).long() - (field < -0.4).long()
    colours = torch.tensor([[60.0, 90, 120], [120, 130, 140], [190, 170, 160]])[ids[:, 0]].permute(0, 3, 1, 2)
    images = (colours + 18 * torch.randn(count, 3, *SIZE, generator=draw)).clamp(0, 255).round()
    normals = F.normalize(torch.cat([field, field.flip(3), torch.ones_like(field)], 1), dim=1)
    edges = (F.max_pool2d(ids.float(), 3, 1, 1) != ids.float()).long()
    return images, {'semseg': ids, 'depth': 10 + 15 * ids.float(), 'normals': normals, 'edges': edges}


def build(of=None):
    torch.manual_seed(0)
    return MultiTaskNetwork(
        of or tasks(),
        encoder=dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None),
        decoder=dict(type='SkipDecoder', channels=(16, 16, 16, 8), aspp_channels=16, dropout=0.1),
    )


@pytest.fixture(scope='session')
def trained():
    """A network after a few seconds of training, which suffice for gradients that mean something."""
    network, known = build(), tasks()
    heads = [p for name, p in network.named_parameters() if name.startswith('heads')]
    rest = [p for name, p in network.named_parameters() if not name.startswith('heads')]
    optimizer = torch.optim.Adam([dict(params=rest, lr=3e-3), dict(params=heads, lr=1e-2)])
    for update in range(80):
        images, labels = scenes(4, seed=1000 + update)
        predictions = network(images / 255)
        loss = sum(task.loss(predictions[name][0], labels[name]) for name, task in known.items())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 10)
        optimizer.step()
    network.zero_grad(set_to_none=True)
    return network.eval()


@pytest.fixture
def case(trained):
    """Builds a case on the trained network: ``case('depth', count=2)``."""

    def make(task='semseg', count=3, network=None):
        images, labels = scenes(count)
        return Case(images, range(count), Victim(network or trained, tasks()[task], list(labels[task])))

    return make


def batch(count=3, seed=0):
    """The same as a stream's batch."""
    images, labels = scenes(count, seed)
    samples = [MultiTaskSample() for _ in range(count)]
    for position, sample in enumerate(samples):
        for name, values in labels.items():
            sample.set_label(name, values[position])
    return Batch(images / 255, samples)
