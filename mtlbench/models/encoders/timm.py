"""Any backbone of timm that gives feature maps."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.models.encoders.base import Encoder
from mtlbench.models.weights import existing_file, load_weights
from mtlbench.registry import ENCODERS
from mtlbench.utils.tensor_files import local_file

ANY_SIZE: tuple[dict[str, Any], ...] = (dict(dynamic_img_size=True), dict(strict_img_size=False), {})
"""How timm's transformers are told to take other sizes than that of their weights; most others know neither."""
WINDOWS = (1, 2, 4, 7, 8, 12, 14, 16, 24)
"""Sides of the windows that attention may go by, in positions of the coarsest map."""


@ENCODERS.register_module()
class TimmEncoder(Encoder):
    """A timm model by name, with all its feature maps. Needs the extra ``timm``.

    What sizes of images the model takes, and where its maps have their channels, is found out when it is built.

    Args:
        name: timm's name of the model, such as ``'hrnet_w18'``.
        weights: The path of a state dict for timm's feature extractor; None for none. It is loaded by
            ``init_weights``, so when training starts.
        output_stride: 8, 16 or 32, for models that trade stride for dilation.
        mean_std: ``mean`` and ``std`` of :class:`Encoder`.

    Raises:
        ConfigError: When timm has no such model, none with feature maps and that stride, or one that takes images of
            one size alone.
        MissingExtraError: When timm is not installed.
    """

    def __init__(self, name: str, weights: str | None = None, output_stride: int = 32, **mean_std: Any) -> None:
        super().__init__(**mean_std)
        try:
            import timm
        except ImportError as error:
            raise MissingExtraError('timm', 'timm') from error
        if ':' in name:
            raise ConfigError(
                f"TimmEncoder: name is '{name}', a model of a hub; nothing is downloaded, so name one of timm's"
            )
        stride: dict[str, Any] = {} if output_stride == 32 else {'output_stride': output_stride}
        options, self._multiple = _fitting(name, stride)
        self.trunk = timm.create_model(name, pretrained=False, features_only=True, **stride, **options)
        self.name, self._options, self.weights = name, {**stride, **options}, weights
        info: Any = self.trunk.feature_info
        self.channels = tuple(info.channels())
        self.strides = tuple(info.reduction())
        self.keep(range(len(self.strides)))

    @property
    def size_multiple(self) -> int:
        """See :class:`Encoder`; of attention in windows, the window is one factor."""
        return self._multiple

    def load_pretrained(self) -> None:
        """Load the pretrained weights.

        Raises:
            CheckpointError: When they are missing or do not fit.
        """
        if self.weights is not None:
            load_weights(self.trunk, existing_file(local_file(self.weights), advice='check the path'))

    def features(self, normalized: Tensor) -> list[Tensor]:
        """timm's feature maps, channels first."""
        maps = self.trunk(normalized)
        return [
            one if _has(one, width) else one.permute(0, 3, 1, 2) for one, width in zip(maps, self.channels, strict=True)
        ]

    def keep(self, maps: Collection[int]) -> None:
        """Freeze the parameters that none of these maps depends on."""
        with torch.device('meta'):
            model = _create(self.name, self._options)
            found = model(torch.zeros(1, 3, self._multiple, 2 * self._multiple))
            total = torch.stack([found[position].sum() for position in maps]).sum()
            names, values = zip(*model.named_parameters(), strict=True)
            gradients = torch.autograd.grad(total, values, allow_unused=True)
        own = dict(self.trunk.named_parameters())
        for name, gradient in zip(names, gradients, strict=True):
            own[name].requires_grad_(gradient is not None)


def _create(name: str, options: dict[str, Any]) -> nn.Module:
    import timm

    return timm.create_model(name, pretrained=False, features_only=True, **options).eval()


def _fitting(name: str, stride: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Options with which a model takes many sizes, and what these are multiples of. No weights are made for it."""
    for options in ANY_SIZE:
        with torch.device('meta'):
            try:
                model: Any = _create(name, {**stride, **options})
            except TypeError as error:
                if options:
                    continue
                raise _no_maps(name, stride, error) from error
            except (RuntimeError, AssertionError, ValueError) as error:
                raise _no_maps(name, stride, error) from error
            for multiple in _multiples(model.feature_info.reduction()):
                if all(_takes(model, size) for size in ((multiple, 2 * multiple), (3 * multiple, multiple))):
                    return options, multiple
    raise ConfigError(
        f"timm's '{name}' takes images of one size alone, or gives maps that are not as large as their strides say: "
        'take another model'
    )


def _no_maps(name: str, stride: dict[str, Any], error: Exception) -> ConfigError:
    text = ' '.join(str(error).split())
    at = stride.get('output_stride', 32)
    return ConfigError(f"timm makes no feature maps of '{name}' at output stride {at}: {text}")


def _multiples(strides: Collection[int]) -> Iterator[int]:
    base = math.lcm(*strides)
    return (window * base for window in WINDOWS)


def _takes(model: Any, size: tuple[int, int]) -> bool:
    """Whether a model gives maps of the sizes that its strides say."""
    try:
        with torch.no_grad():
            maps = model(torch.zeros(1, 3, *size))
    except (RuntimeError, AssertionError, ValueError, TypeError):
        return False
    info = model.feature_info
    expected = [
        (width, *(side // stride for side in size))
        for width, stride in zip(info.channels(), info.reduction(), strict=True)
    ]
    return [_shape(one, want[0]) for one, want in zip(maps, expected, strict=True)] == expected


def _has(maps: Tensor, width: int) -> bool:
    """Whether maps have their channels first."""
    return maps.shape[1] == width


def _shape(maps: Tensor, width: int) -> tuple[int, ...]:
    channels_first = maps.shape[1:] if _has(maps, width) else (maps.shape[3], *maps.shape[1:3])
    return tuple(channels_first)
