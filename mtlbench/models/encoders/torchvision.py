"""Any backbone of torchvision that halves the image step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.models.encoders.base import Encoder
from mtlbench.models.weights import find_weights, load_weights
from mtlbench.registry import ENCODERS

STRIDES = (2, 4, 8, 16, 32)
DRY_RUN_SIZE = (64, 96)


@dataclass(frozen=True)
class Tap:
    """A module whose output is a feature map.

    Args:
        module: Name of the module.
        stride: Stride of its output.
        channels: Number of channels.
        channels_last: Whether the channels are the last axis.
    """

    module: str
    stride: int
    channels: int
    channels_last: bool


@ENCODERS.register_module()
class TorchvisionEncoder(Encoder):
    """A torchvision model by name, cut before its classifier, with the last map of every stride it has.

    Args:
        name: torchvision's name of the model, such as ``'convnext_tiny'`` or ``'swin_t'``.
        weights: Name or file of the pretrained weights, see :func:`mtlbench.models.weights.find_weights`; None for
            random ones. ``init_weights`` loads them, at the start of training.
        mean_std: ``mean`` and ``std`` of :class:`Encoder`.

    Raises:
        ConfigError: When there is no such model, or it has no maps of at least two strides.
    """

    def __init__(self, name: str, weights: str | None = None, **mean_std: Any) -> None:
        super().__init__(**mean_std)
        from torchvision import models
        from torchvision.models.feature_extraction import create_feature_extractor

        if name not in models.list_models(module=models):
            raise ConfigError(f"torchvision has no classifier '{name}'; it has {', '.join(models.list_models(models))}")
        model = models.get_model(name, weights=None)
        self.taps = find_taps(model)
        if len(self.taps) < 2:
            raise ConfigError(f"torchvision's {name} gives no feature maps of several strides; take another model")
        self.name, self.weights = name, weights
        self.channels = tuple(tap.channels for tap in self.taps)
        self.strides = tuple(tap.stride for tap in self.taps)
        nodes = {tap.module: str(index) for index, tap in enumerate(self.taps)}
        self.trunk = create_feature_extractor(model, nodes)
        self._left_out = set(model.state_dict()) - set(self.trunk.state_dict())

    def load_pretrained(self) -> None:
        """Load the pretrained weights.

        Raises:
            CheckpointError: When they are missing or do not fit.
        """
        if self.weights is not None:
            load_weights(self.trunk, find_weights(self.name, self.weights), ignore=self._left_out)

    def features(self, normalized: Tensor) -> list[Tensor]:
        """Return the last map of each stride."""
        maps = self.trunk(normalized).values()
        return [
            found.permute(0, 3, 1, 2) if tap.channels_last else found
            for tap, found in zip(self.taps, maps, strict=True)
        ]


def find_taps(model: nn.Module) -> list[Tap]:
    """Run a model on a small image and return the last output of each stride among its children and grandchildren.

    Returns:
        The outputs, finest first; none when the model does not run on such an image.
    """
    found: dict[int, Tap] = {}

    def note(name: str, output: Any) -> None:
        tap = _tap(name, output)
        if tap is not None:
            found[tap.stride] = tap

    hooks = [
        module.register_forward_hook(lambda _module, _inputs, output, name=name: note(name, output))
        for name, module in model.named_modules()
        if name and name.count('.') <= 1
    ]
    image = torch.zeros(1, 3, *DRY_RUN_SIZE, device=next(model.parameters()).device)
    try:
        with torch.no_grad():
            model.eval()(image)
    except (RuntimeError, AssertionError):
        return []
    finally:
        model.train()
        for hook in hooks:
            hook.remove()
    return [found[stride] for stride in STRIDES if stride in found]


def _tap(name: str, output: Any) -> Tap | None:
    if not isinstance(output, Tensor) or output.ndim != 4:
        return None
    for stride in STRIDES:
        size = tuple(side // stride for side in DRY_RUN_SIZE)
        if tuple(output.shape[2:]) == size:
            return Tap(name, stride, output.shape[1], channels_last=False)
        if tuple(output.shape[1:3]) == size:
            return Tap(name, stride, output.shape[3], channels_last=True)
    return None
