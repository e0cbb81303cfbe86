"""Base class of encoders."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.registry import ENCODERS
from mtlbench.structures import Maps


class Encoder(BaseModule):
    """Compute feature maps of images, finest first.

    Args:
        mean: Mean per channel, subtracted from the RGB image in [0, 1] before the first layer.
        std: Standard deviation per channel, the divisor.

    Attributes:
        channels: Channels of each map.
        strides: Stride of each map relative to the image, not decreasing.
    """

    kept_arguments: ClassVar[Collection[str]] = ('output_stride', 'images')
    """Arguments that decide strides and input. An encoder that takes the place of this one in a profile keeps them."""
    replaceable: ClassVar[bool] = True
    """Whether the encoder of a profile may take the place of this one. One that is the method itself stays."""
    by_task: ClassVar[bool] = False
    """Whether the maps differ by task. Such a class takes the names of the tasks, and returns lists of maps by task."""
    channels: tuple[int, ...]
    strides: tuple[int, ...]
    mean: Tensor
    std: Tensor

    def __init__(
        self,
        mean: tuple[float, float, float] = (0.485, 0.456, 0.406),
        std: tuple[float, float, float] = (0.229, 0.224, 0.225),
    ) -> None:
        super().__init__()
        self.register_buffer('mean', torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    @property
    def size_multiple(self) -> int:
        """Common divisor required of the height and width of the images."""
        return self.strides[-1]

    def keep(self, maps: Collection[int]) -> None:
        """Freeze the layers that serve only other maps than these positions; called once by the network."""

    def forward(self, images: Tensor) -> Maps:
        """Return the feature maps, by task if they differ, of RGB images (N, 3, H, W) in [0, 1]."""
        return self.features((images - self.mean) / self.std)

    def init_weights(self) -> None:
        """Initialize the weights, then load pretrained ones."""
        super().init_weights()
        self.load_pretrained()

    def load_pretrained(self) -> None:
        """Load the pretrained weights of the encoder, if any; called once before the first update.

        Raises:
            CheckpointError: When the weights are missing or do not fit.
        """

    @abstractmethod
    def features(self, normalized: Tensor) -> Maps:
        """Return the feature maps of normalized images (N, 3, H, W), one per entry of ``channels``.

        Where ``by_task`` is set, return such a list by task.
        """


def build_encoder(config: Mapping[str, Any], tasks: Sequence[str]) -> Encoder:
    """Build the encoder of a network of several tasks."""
    return ENCODERS.build({**config, 'tasks': list(tasks)} if _is_by_task(config) else dict(config))


def build_common_encoder(config: Mapping[str, Any], user: str) -> Encoder:
    """Build an encoder whose maps do not differ by task.

    Args:
        config: Config of the encoder.
        user: Part that needs such an encoder, for the error.

    Raises:
        ConfigError: When its maps differ by task.
    """
    if _is_by_task(config):
        raise ConfigError(needs_common_maps(user, config['type']))
    return ENCODERS.build(dict(config))


def needs_common_maps(user: str, encoder: str) -> str:
    """Return the error that a part cannot work with an encoder whose maps differ by task."""
    return f'{user} needs maps that all tasks share, but those of {encoder} differ by task; choose another encoder'


def _is_by_task(config: Mapping[str, Any]) -> bool:
    kind = config.get('type')
    return bool(getattr(ENCODERS.get(kind) if isinstance(kind, str) else kind, 'by_task', False))
