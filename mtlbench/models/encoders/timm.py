"""Any backbone of timm that gives feature maps."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.models.encoders.base import Encoder
from mtlbench.models.encoders.stacked_images import RGB, share_first_layer, stack_normalization
from mtlbench.models.timm_weights import by_own_names, find_timm_weights, normalization
from mtlbench.models.weights import load_weights
from mtlbench.registry import ENCODERS

ANY_SIZE: tuple[dict[str, Any], ...] = (dict(dynamic_img_size=True), dict(strict_img_size=False), {})
"""Options by which timm's transformers take other sizes than that of their weights; most other models have neither."""
WINDOWS = (1, 2, 4, 7, 8, 12, 14, 16, 24)
"""Sides of the windows that attention may go by, in positions of the coarsest map."""


@ENCODERS.register_module()
class TimmEncoder(Encoder):
    """A timm model by name, with all its feature maps or the first of them. Needs the extra ``timm``.

    The sizes of images that the model takes, and the position of the channels in its maps, are found when it is built.

    Args:
        name: timm's name of the model, such as ``'hrnet_w18'``.
        weights: Package, tag or file of the pretrained weights, see
            :func:`mtlbench.models.timm_weights.find_timm_weights`; None for random ones. ``init_weights`` loads them,
            at the start of training.
        output_stride: Largest stride: 8, 16 or 32, for models that trade stride for dilation.
        stages: Number of feature maps, finest first; parameters that serve only later ones do not exist. None for all.
        images: Number of RGB images stacked in the input. The pretrained weights of the first layer serve each image,
            divided by their number.
        mean_std: ``mean`` and ``std`` of :class:`Encoder`; by default those that timm states for the weights.

    Raises:
        ConfigError: When timm has no such model, none with feature maps, that stride and that number of stages, or one
            that takes images of one size alone.
        MissingExtraError: When timm is not installed.
    """

    def __init__(
        self,
        name: str,
        weights: str | None = None,
        output_stride: int = 32,
        stages: int | None = None,
        images: int = 1,
        **mean_std: Any,
    ) -> None:
        try:
            import timm  # noqa: F401
        except ImportError as error:
            raise MissingExtraError('timm', 'timm') from error
        if ':' in name:
            raise ConfigError(
                f"TimmEncoder: name is '{name}', a model of a hub; nothing is downloaded, so name one of timm's"
            )
        super().__init__(**{**normalization(name, weights), **mean_std})
        if images > 1:
            stack_normalization(self, images)
        given: dict[str, Any] = {} if output_stride == 32 else {'output_stride': output_stride}
        given |= {} if images == 1 else {'in_chans': RGB * images}
        self.name, self.weights, self.images = name, weights, images
        self._plan, self._multiple = _plan(name, given, stages)
        self.trunk = self._plan.build()
        info: Any = self.trunk.feature_info
        self.channels = tuple(info.channels())
        self.strides = tuple(info.reduction())
        self.keep(range(len(self.strides)))

    @property
    def size_multiple(self) -> int:
        """See :class:`Encoder`; attention in windows makes the window a factor."""
        return self._multiple

    def load_pretrained(self) -> None:
        """Load the pretrained weights.

        Raises:
            ConfigError: When they belong to another model.
            CheckpointError: When they are missing or do not fit.
        """
        if self.weights is None:
            return
        weights, path = self.weights, find_timm_weights(self.name, self.weights)
        whole, own = self._plan.names_of_whole(), list(self.trunk.state_dict())

        def adapt(state: dict[str, Tensor]) -> dict[str, Tensor]:
            return share_first_layer(by_own_names(state, weights, whole, own), self.trunk, self.images)

        load_weights(self.trunk, path, ignore=set(whole) - set(own), change=adapt)

    def features(self, normalized: Tensor) -> list[Tensor]:
        """Return timm's feature maps, channels first."""
        maps = self.trunk(normalized)
        return [
            one if _has(one, width) else one.permute(0, 3, 1, 2) for one, width in zip(maps, self.channels, strict=True)
        ]

    def keep(self, maps: Collection[int]) -> None:
        """Freeze the parameters that none of these maps depends on."""
        used = _used(self._plan.build_on_meta(), maps, self._plan.input(self._multiple, 2 * self._multiple))
        for name, parameter in self.trunk.named_parameters():
            parameter.requires_grad_(name in used)


@dataclass(frozen=True)
class _Plan:
    """A feature extractor that can be built many times.

    Args:
        name: timm's name of the model.
        options: Options for timm.
        dropped: Names of the modules whose parameters no map depends on.
    """

    name: str
    options: Mapping[str, Any]
    dropped: Sequence[str] = ()

    def build(self) -> nn.Module:
        import timm

        model = timm.create_model(self.name, pretrained=False, features_only=True, **self.options)
        for place in self.dropped:
            parent, _, child = place.rpartition('.')
            setattr(model.get_submodule(parent), child, nn.Identity())
        return model

    def build_on_meta(self) -> nn.Module:
        with torch.device('meta'):
            return self.build().eval()

    def names_of_whole(self) -> list[str]:
        """Return the names of the tensors of the model with its classifier."""
        import timm

        options = {key: value for key, value in self.options.items() if key != 'out_indices'}
        with torch.device('meta'):
            return list(timm.create_model(self.name, pretrained=False, **options).state_dict())

    def input(self, height: int, width: int) -> Tensor:
        return torch.zeros(1, self.options.get('in_chans', RGB), height, width, device='meta')

    def takes(self, model: Any, size: tuple[int, int]) -> bool:
        """Return whether a model on the meta device gives maps of the sizes that its strides say."""
        try:
            with torch.no_grad():
                maps = model(self.input(*size))
        except (RuntimeError, AssertionError, ValueError, TypeError):
            return False
        info = model.feature_info
        expected = [
            (width, *(side // stride for side in size))
            for width, stride in zip(info.channels(), info.reduction(), strict=True)
        ]
        return [_shape(one, want[0]) for one, want in zip(maps, expected, strict=True)] == expected


def _plan(name: str, given: dict[str, Any], stages: int | None) -> tuple[_Plan, int]:
    """Return the plan of an extractor with the first maps of a model, and what the sides of images are multiples of."""
    plan, multiple = _fitting(name, given)
    if stages is None:
        return plan, multiple
    info: Any = plan.build_on_meta().feature_info
    maps = tuple(info.out_indices)
    if stages not in range(1, len(maps) + 1):
        raise ConfigError(f"timm's '{name}' has 1 to {len(maps)} stages, got stages={stages}")
    whole, multiple = _fitting(name, {**given, 'out_indices': maps[:stages]})
    model = whole.build_on_meta()
    plan = replace(whole, dropped=_unused(model, _used(model, range(stages), whole.input(multiple, 2 * multiple))))
    if not plan.takes(plan.build_on_meta(), (multiple, 2 * multiple)):
        raise ConfigError(f"timm's '{name}' cannot leave out its last stages: set stages=None, or take another model")
    return plan, multiple


def _used(model: nn.Module, maps: Collection[int], images: Tensor) -> set[str]:
    """Return the names of the parameters that some maps of a model on the meta device depend on."""
    found = model(images)
    total = torch.stack([found[position].sum() for position in maps]).sum()
    names, values = zip(*model.named_parameters(), strict=True)
    gradients = torch.autograd.grad(total, values, allow_unused=True)
    return {name for name, gradient in zip(names, gradients, strict=True) if gradient is not None}


def _unused(model: nn.Module, used: Collection[str]) -> list[str]:
    """Return the outermost modules that have parameters, but none of the used ones."""
    found: list[str] = []
    for name, module in model.named_modules():
        own = {f'{name}.{key}' for key, _ in module.named_parameters()}
        if own and own.isdisjoint(used) and not any(name.startswith(f'{outer}.') for outer in found):
            found.append(name)
    return found


def _fitting(name: str, given: dict[str, Any]) -> tuple[_Plan, int]:
    """Return a plan by which a model takes many sizes, and what these are multiples of. No weights are made for it."""
    for options in ANY_SIZE:
        plan = _Plan(name, {**given, **options})
        try:
            model: Any = plan.build_on_meta()
        except TypeError as error:
            if options:
                continue
            raise _no_maps(name, given, error) from error
        except (RuntimeError, AssertionError, ValueError) as error:
            raise _no_maps(name, given, error) from error
        for multiple in _multiples(model.feature_info.reduction()):
            if all(plan.takes(model, size) for size in ((multiple, 2 * multiple), (3 * multiple, multiple))):
                return plan, multiple
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


def _has(maps: Tensor, width: int) -> bool:
    """Return whether maps have their channels first."""
    return maps.shape[1] == width


def _shape(maps: Tensor, width: int) -> tuple[int, ...]:
    channels_first = maps.shape[1:] if _has(maps, width) else (maps.shape[3], *maps.shape[1:3])
    return tuple(channels_first)
