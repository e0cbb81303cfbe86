"""Regularization of the encoder towards its pretrained features."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench import processes
from mtlbench.errors import ConfigError
from mtlbench.models.encoders.base import needs_common_maps
from mtlbench.objectives.base import Objective
from mtlbench.objectives.step import Step
from mtlbench.registry import OBJECTIVES


@OBJECTIVES.register_module()
class FeatureDistance(Objective):
    """Distance of the encoder's last map from that of the pretrained encoder (3-ways PAD-Net's second stage).

    The distance is the 2-norm of the difference over the whole batch of all processes. The pretrained encoder is a copy
    with the same pretrained weights, whose batch statistics do not change.

    Args:
        stream: Stream whose images are compared.
        weight: Weight of the distance term.
    """

    def __init__(self, stream: str = 'video', weight: float = 1e-2) -> None:
        super().__init__()
        self.stream, self.weight = stream, weight
        self.streams = (stream,)

    def adopt(self, network: nn.Module) -> None:
        """Copy the encoder; the copy loads its pretrained weights at the start of training, as the encoder does.

        Raises:
            ConfigError: When the maps of the encoder differ by task.
        """
        learning: Any = network
        if getattr(learning.encoder, 'by_task', False):
            raise ConfigError(needs_common_maps(type(self).__name__, type(learning.encoder).__name__))
        self.pretrained = copy.deepcopy(learning.encoder).requires_grad_(False).eval()

    def train(self, mode: bool = True) -> FeatureDistance:
        """Set the mode of all modules except the pretrained encoder, which stays in evaluation mode."""
        super().train(mode)
        self.pretrained.eval()
        return self

    def losses(self, step: Step) -> dict[str, Tensor]:
        """Return one term, ``feature_distance``."""
        maps: Any = step.features(self.stream)  # not by task, as adopt() checks
        with torch.no_grad():
            expected = self.pretrained(step.batch(self.stream).images)[-1]
        own = torch.linalg.vector_norm(maps[-1].float() - expected.float())
        return {'feature_distance': self.weight * torch.linalg.vector_norm(processes.everywhere(own))}
