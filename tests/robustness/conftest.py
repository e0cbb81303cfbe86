"""A small network that has learnt something of its images."""

import pytest
import torch
from small_scenes import build, scenes, tasks
from torch import nn

from mtlbench.robustness import Case, Victim


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
