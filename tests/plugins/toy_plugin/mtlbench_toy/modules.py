"""What the plugin brings."""

from pathlib import Path

import torch
from mmengine.hooks import Hook
from torch import nn

from mtlbench.models.encoders import Encoder
from mtlbench.models.exchanges import Exchange
from mtlbench.registry import ENCODERS, EXCHANGES, HOOKS


@ENCODERS.register_module()
class ToyEncoder(Encoder):
    """One strided convolution for each of four maps."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.channels = (width,) * 4
        self.strides = (2, 4, 8, 16)
        self.stages = nn.ModuleList(nn.Conv2d(3 if i == 0 else width, width, 3, stride=2, padding=1) for i in range(4))

    def features(self, normalized):
        """Maps of stride 2 to 16."""
        maps = []
        for stage in self.stages:
            normalized = stage(normalized).relu()
            maps.append(normalized)
        return maps


@EXCHANGES.register_module()
class ToyExchange(Exchange):
    """Adds a learned share of the other tasks' mean."""

    def __init__(self, tasks, channels, level):
        super().__init__(tasks, channels, level)
        self.share = nn.Parameter(torch.full((channels, 1, 1), 0.1))

    def forward(self, features):
        """Every task's map with its share of the others."""
        return {
            task: own + self.share * torch.stack([features[source] for source in self.sources(task)]).mean(0)
            for task, own in features.items()
        }


@HOOKS.register_module()
class ToyHook(Hook):
    """Writes a line to the run's folder after every update."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Note the iteration."""
        with (Path(runner.work_dir) / 'toy_hook.txt').open('a') as file:
            file.write(f'{runner.iter}\n')
