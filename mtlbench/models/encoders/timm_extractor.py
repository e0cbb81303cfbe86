"""Feature extractors of timm's models: the sizes that they take, and the parameters that their maps depend on."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.models.encoders.stacked_images import RGB

ANY_SIZE: tuple[dict[str, Any], ...] = (dict(dynamic_img_size=True), dict(strict_img_size=False), {})
"""Options by which timm's transformers take other sizes than that of their weights; most other models have neither."""
WINDOWS = (1, 2, 4, 7, 8, 12, 14, 16, 24)
"""Sides of the windows that attention may go by, in positions of the coarsest map."""


REMEMBERED = 32
"""Extractors kept by a process: a network and its teacher, or a series of runs, ask the same questions again."""


@dataclass(frozen=True, eq=False)
class Extractor:
    """A feature extractor of timm, which can be built many times.

    Args:
        name: timm's name of the model.
        options: Options for timm.
        dropped: Names of the modules whose parameters no map depends on.
    """

    name: str
    options: Mapping[str, Any]
    dropped: Sequence[str] = ()

    def build(self) -> nn.Module:
        """Build the extractor, with random weights."""
        import timm

        model = timm.create_model(self.name, pretrained=False, features_only=True, **self.options)
        for place in self.dropped:
            parent, _, child = place.rpartition('.')
            setattr(model.get_submodule(parent), child, nn.Identity())
        return model

    @cached_property
    def on_meta(self) -> Any:
        """The extractor on the meta device, for questions that need no numbers."""
        with torch.device('meta'):
            return self.build().eval()

    def names_of_whole(self) -> list[str]:
        """Return the names of the tensors of the model with its classifier."""
        import timm

        options = {key: value for key, value in self.options.items() if key != 'out_indices'}
        with torch.device('meta'):
            return list(timm.create_model(self.name, pretrained=False, **options).state_dict())

    @lru_cache(maxsize=REMEMBERED)  # noqa: B019  at most that many extractors live longer
    def used(self, maps: frozenset[int], multiple: int) -> frozenset[str]:
        """Return the names of the parameters that some maps depend on, of images with sides of that multiple."""
        with torch.device('meta'):
            found = self.on_meta(self._input(multiple, 2 * multiple))
            total = torch.stack([found[position].sum() for position in maps]).sum()
            names, values = zip(*self.on_meta.named_parameters(), strict=True)
            gradients = torch.autograd.grad(total, values, allow_unused=True)
        return frozenset(name for name, gradient in zip(names, gradients, strict=True) if gradient is not None)

    def takes(self, size: tuple[int, int]) -> bool:
        """Return whether the extractor gives maps of the sizes that its strides say."""
        try:
            with torch.device('meta'), torch.no_grad():
                maps = self.on_meta(self._input(*size))
        except (RuntimeError, AssertionError, ValueError, TypeError):
            return False
        info = self.on_meta.feature_info
        expected = [
            (width, *(side // stride for side in size))
            for width, stride in zip(info.channels(), info.reduction(), strict=True)
        ]
        return [_shape(one, want[0]) for one, want in zip(maps, expected, strict=True)] == expected

    def _input(self, height: int, width: int) -> Tensor:
        return torch.zeros(1, self.options.get('in_chans', RGB), height, width)


def find_extractor(name: str, given: dict[str, Any], stages: int | None) -> tuple[Extractor, int]:
    """Return an extractor that takes many sizes of images, and the number that their sides are multiples of.

    Args:
        name: timm's name of the model.
        given: Options for timm.
        stages: Number of maps, finest first; None for all.

    Raises:
        ConfigError: When timm has no such model, or none with those options and that number of stages, or one that
            takes images of one size alone.
    """
    return _find(name, tuple(sorted(given.items())), stages)


@lru_cache(maxsize=REMEMBERED)
def _find(name: str, options: tuple[tuple[str, Any], ...], stages: int | None) -> tuple[Extractor, int]:
    given = dict(options)
    extractor, multiple = _fitting(name, given)
    if stages is None:
        return extractor, multiple
    maps = tuple(extractor.on_meta.feature_info.out_indices)
    if stages not in range(1, len(maps) + 1):
        raise ConfigError(f"timm's '{name}' has 1 to {len(maps)} stages, got stages={stages}")
    whole, multiple = _fitting(name, {**given, 'out_indices': maps[:stages]})
    extractor = replace(whole, dropped=_unused(whole.on_meta, whole.used(frozenset(range(stages)), multiple)))
    if not extractor.takes((multiple, 2 * multiple)):
        raise ConfigError(f"timm's '{name}' cannot leave out its last stages: set stages=None, or take another model")
    return extractor, multiple


def _unused(model: nn.Module, used: Collection[str]) -> list[str]:
    """Return the outermost modules that have parameters, but none of the used ones."""
    found: list[str] = []
    for name, module in model.named_modules():
        own = {f'{name}.{key}' for key, _ in module.named_parameters()}
        if own and own.isdisjoint(used) and not any(name.startswith(f'{outer}.') for outer in found):
            found.append(name)
    return found


def _fitting(name: str, given: dict[str, Any]) -> tuple[Extractor, int]:
    """Return the extractor of all maps that takes many sizes, and the number that these are multiples of."""
    for options in ANY_SIZE:
        extractor = Extractor(name, {**given, **options})
        try:
            strides = extractor.on_meta.feature_info.reduction()
        except TypeError as error:
            if options:
                continue
            raise _no_maps(name, given, error) from error
        except (RuntimeError, AssertionError, ValueError) as error:
            raise _no_maps(name, given, error) from error
        for multiple in _multiples(strides):
            if all(extractor.takes(size) for size in ((multiple, 2 * multiple), (3 * multiple, multiple))):
                return extractor, multiple
    raise ConfigError(
        f"timm's '{name}' takes images of one size alone, or gives maps that are not as large as their strides say: "
        'take another model'
    )


def _no_maps(name: str, given: dict[str, Any], error: Exception) -> ConfigError:
    text = ' '.join(str(error).split())
    at = given.get('output_stride', 32)
    return ConfigError(f"timm makes no feature maps of '{name}' at output stride {at}: {text}")


def _multiples(strides: Collection[int]) -> Iterator[int]:
    base = math.lcm(*strides)
    return (window * base for window in WINDOWS)


def has_channels_first(maps: Tensor, width: int) -> bool:
    """Return whether maps have their channels first."""
    return maps.shape[1] == width


def _shape(maps: Tensor, width: int) -> tuple[int, ...]:
    channels_first = maps.shape[1:] if has_channels_first(maps, width) else (maps.shape[3], *maps.shape[1:3])
    return tuple(channels_first)
