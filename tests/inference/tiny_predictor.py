"""A run folder with a tiny network of random weights, made without training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from mmengine.config import Config
from torch import nn

from mtlbench.config import load_config
from mtlbench.engine.saved import run_note
from mtlbench.models.encoders import Encoder
from mtlbench.registry import ENCODERS, MODELS, TASKS
from mtlbench.structures import FieldKind
from mtlbench.structures.field import FIELD_KINDS
from mtlbench.tasks import Task

TASK_NODES = {
    'semseg': dict(type='SemSegTask', class_set='cityscapes_19'),
    'depth': dict(type='DepthTask'),
    'normals': dict(type='NormalsTask'),
    'edges': dict(type='EdgesTask'),
    'height': dict(type='HeightTask'),
    'shading': dict(type='ShadingTask'),
}
UNTRAINED = {'model.network.encoder.weights': None}
MULTIPLE = 8
NETWORK_SIZE = (32, 64)
NEAR_FIELD = 2
"""Pixels around an output pixel that the network sees: two convolutions of 3 x 3."""


class StrideOneEncoder(Encoder):
    """One convolution at the resolution of the image."""

    channels, strides = (8,), (1,)
    size_multiple = MULTIPLE

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def features(self, normalized):
        return [self.conv(normalized).relu()]


class ShadingTask(Task):
    """Three channels in 0..1, as a plugin may add."""

    name = 'shading'
    letter = 'w'
    kind = FieldKind.CONTINUOUS
    metric_of_record = 'mae'
    higher_is_better = {'mae': False}
    out_channels = 3

    def decode(self, prediction):
        return prediction.float().sigmoid()

    def loss(self, prediction, label):
        return (self.decode(prediction) - label).abs().mean()

    def statistics(self, decoded, label):
        return {}

    def scores(self, sums):
        return {'mae': 0.0}

    def draw(self, values):
        return (255 * values).round().to(torch.uint8).permute(1, 2, 0).numpy()


@contextmanager
def registered() -> Iterator[None]:
    """Register the encoder and the task of this file in the block alone, because other tests look at all classes."""
    added = [(registry, one) for registry, one in ((ENCODERS, StrideOneEncoder), (TASKS, ShadingTask))]
    added = [(registry, one) for registry, one in added if one.__name__ not in registry.module_dict]
    for registry, one in added:
        registry.register_module(module=one)
    yield
    for registry, one in added:
        del registry.module_dict[one.__name__]
    if added:
        del FIELD_KINDS[ShadingTask.name]


def write_mini_run(folder: Path) -> Path:
    """Write a checkpoint of random weights for a config of the project, and return the folder."""
    return _write(folder, load_config('mtl/sdn_vkitti2', 'mini', options=UNTRAINED))


def write_run(folder: Path, tasks: Sequence[str] = tuple(TASK_NODES)) -> Path:
    """Write a checkpoint of random weights for a network that sees nearby pixels alone, and return the folder."""
    cfg = load_config('mtl/sdn_vkitti2', 'mini', options=UNTRAINED)
    cfg.tasks = {name: TASK_NODES[name] for name in tasks}
    network = dict(type='MultiTaskNetwork', encoder=dict(type='StrideOneEncoder'), head_levels=(0,))
    cfg.model.network = dict(network, decoder=dict(type='ConvUpDecoder', channels=(8,)))
    cfg.model.tasks, cfg.model.balancer = cfg.tasks, dict(type='UncertaintyWeights')
    cfg.val_evaluator.tasks = cfg.test_evaluator.tasks = cfg.tasks
    cfg.val_dataloader.dataset.pipeline[0].size = NETWORK_SIZE
    return _write(folder, cfg)


def _write(folder: Path, cfg: Config) -> Path:
    torch.manual_seed(0)
    learner = MODELS.build(cfg.model)
    with torch.no_grad():
        for name, head in learner.network.heads.items():
            (layer,) = head.values()
            layer.weight *= 8  # so that neighboring pixels differ
            layer.bias += 60 if name == 'depth' else 0  # 655.36 / 60: about 11 m
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({'state_dict': learner.state_dict(), 'meta': {'run': run_note(cfg)}}, folder / 'iter_1.pth')
    return folder
