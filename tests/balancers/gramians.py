"""Gramians with known weights, and the weights of a balancer for a Gramian."""

import torch

from mtlbench.balancers import Measured
from mtlbench.registry import BALANCERS

NAMES = ('semseg', 'depth', 'normals', 'edges', 'height', 'albedo')
GOLDEN = dict(
    A=[[1, 0.5], [0.5, 2]],
    B=[[4, -1], [-1, 1]],
    C=[[1, 0], [0, 4]],
    D=[[1, 0.999], [0.999, 1]],
    F=[[4, -1, 0.5], [-1, 1, -0.25], [0.5, -0.25, 9]],
    G3=[[1, 0, 0], [0, 4, 0], [0, 0, 9]],
    H=[[1, 0.999, -0.5], [0.999, 1, -0.5], [-0.5, -0.5, 1]],
    I=[[100, -3, 0.2], [-3, 1, -0.05], [0.2, -0.05, 0.01]],
    O=[[1, -1], [-1, 1]],
    P=[[1, 2, -1], [2, 4, -2], [-1, -2, 1]],
    near=[[1, -0.999], [-0.999, 1]],
    scaled=[[400, -10], [-10, 1]],
)


def matrix(rows):
    return torch.tensor(GOLDEN[rows] if isinstance(rows, str) else rows, dtype=torch.float64)


def build(kind, count, **options):
    return BALANCERS.build(dict(type=kind, tasks=NAMES[:count], **options))


def weights_of(balancer, gramian, tasks=None):
    """Weights (m,) of an update, by way of the normalization of the base class."""
    gramian = matrix(gramian) if not isinstance(gramian, torch.Tensor) else gramian
    tasks = tasks or balancer.tasks
    found = balancer.weigh(Measured(tuple(tasks), torch.ones(len(tasks), dtype=torch.float64), gramian))
    return torch.tensor([found[task] for task in tasks], dtype=torch.float64)


def balance(kind, gramian, **options):
    gramian = matrix(gramian) if not isinstance(gramian, torch.Tensor) else gramian
    balancer = build(kind, len(gramian), **options)
    found = weights_of(balancer, gramian)
    assert not balancer.failures, f'{kind} has no weights for {gramian}'
    return found


def random_gramians(number=200):
    """Gramians of 2 to 6 tasks, of any rank, and rows of unlike length."""
    generator = torch.Generator().manual_seed(0)
    for index in range(number):
        count = 2 + index % 5
        rank = 1 + int(torch.randint(count, (), generator=generator))
        lengths = 10 ** (2 * torch.rand(count, 1, generator=generator, dtype=torch.float64) - 1)
        rows = lengths * torch.randn(count, rank, generator=generator, dtype=torch.float64)
        yield rows @ rows.T, rank
