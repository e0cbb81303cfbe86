"""Multi-task network: one encoder, one decoder and head per task, and exchanges between the decoders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from mmengine.model import BaseModule, ModuleDict
from torch import Tensor
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models.decoders.base import Decoder
from mtlbench.models.encoders.base import build_encoder
from mtlbench.models.exchanges.base import Exchange
from mtlbench.models.layers import scale_gradient
from mtlbench.registry import DECODERS, EXCHANGES, MODELS
from mtlbench.structures import Maps
from mtlbench.structures.shared_maps import shared
from mtlbench.tasks.base import Task


@MODELS.register_module()
class MultiTaskNetwork(BaseModule):
    """Encoder with one decoder per task; decoders run level by level in lockstep, and exchanges act between levels.

    With one task this is a single-task network; without exchange, the plain multi-task network.

    Args:
        tasks: Tasks by name, in the order of the config.
        encoder: Config of the encoder. If its maps differ by task, each decoder receives those of its task.
        decoder: Config of the decoder, of which one is built per task; or configs by task, which may include tasks that
            this network does not have.
        exchange: Config of the exchange, of which one is built per level in ``exchange_levels``.
        exchange_levels: Decoder levels after which the tasks exchange features.
        head_levels: Decoder levels with a prediction, including 0; by task if they differ. Predictions are made before
            the exchange of the level.
        gradient_scales: Factor by task of the gradient that its decoder passes to the encoder in training (robust,
            equation 5); 1 by default. Gradients of attacks are not scaled.

    Raises:
        ConfigError: When levels do not exist in the decoder, or a task is unknown.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        encoder: dict,
        decoder: dict,
        exchange: dict | None = None,
        exchange_levels: Sequence[int] = (),
        head_levels: Sequence[int] | Mapping[str, Sequence[int]] = (0,),
        gradient_scales: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__()
        self.encoder = build_encoder(encoder, list(tasks))
        self.decoders = ModuleDict(self._build_decoders(list(tasks), decoder))
        self.encoder.keep(set().union(*(one.reads for one in self._decoders())))
        one = next(iter(self.decoders.values()))
        self.levels: tuple[int, ...] = one.levels
        by_task = dict(head_levels) if isinstance(head_levels, Mapping) else dict.fromkeys(tasks, head_levels)
        self.gradient_scales = dict(gradient_scales or {})
        self._check(bool(exchange), exchange_levels, by_task)
        self.exchanges = ModuleDict()
        for level in exchange_levels:
            at = dict(tasks=list(tasks), channels=self._shared_channels(level), level=level)
            self.exchanges[str(level)] = EXCHANGES.build({**(exchange or {}), **at})
        self.heads = ModuleDict()
        for name, task in tasks.items():
            channels = self.decoders[name].channels
            self.heads[name] = ModuleDict({str(level): task.build_head(channels[level]) for level in by_task[name]})
            for head in self.heads[name].values():
                self.decoders[name].start_head(head)

    @property
    def size_multiple(self) -> int:
        """Common divisor required of the height and width of the images."""
        exchanges: list[Exchange] = list(self.exchanges.values())
        return math.lcm(self.encoder.size_multiple, *(2**one.level * one.size_multiple for one in exchanges))

    @property
    def head_levels(self) -> dict[str, tuple[int, ...]]:
        """Levels with a prediction, by task."""
        return {name: tuple(map(int, heads)) for name, heads in self.heads.items()}

    def forward(self, images: Tensor, tasks: Sequence[str] | None = None) -> dict[str, dict[int, Tensor]]:
        """Return predictions by task and level, coarse to fine; predictions of level 0 have the size of the images.

        Args:
            images: RGB images (N, 3, H, W) in [0, 1].
            tasks: Only of these; None for all.

        Raises:
            ConfigError: When height or width do not suit the network.
        """
        return self.decode(self.encode(images), images.shape[-2:], tasks)

    def encode(self, images: Tensor) -> Maps:
        """Return the encoder's maps, by task if they differ, of RGB images (N, 3, H, W) in [0, 1].

        Raises:
            ConfigError: When height or width do not suit the network.
        """
        size = images.shape[-2:]
        if any(side % self.size_multiple for side in size):
            raise ConfigError(
                f'this network needs images whose height and width are multiples of {self.size_multiple}, '
                f'got {tuple(size)}; resize or crop them'
            )
        maps: Maps = self.encoder(images)
        return self._of_all_tasks(maps) if isinstance(maps, dict) else shared(maps)

    def _of_all_tasks(self, maps: dict[str, list[Tensor]]) -> dict[str, list[Tensor]]:
        if missing := [name for name in self.decoders if name not in maps]:
            raise ConfigError(
                f'{type(self.encoder).__name__} returned maps of {", ".join(maps) or "no task"}, but none of '
                f'{", ".join(missing)}; return one entry per task in its features()'
            )
        return maps

    def decode(
        self, features: Maps, size: Sequence[int], tasks: Sequence[str] | None = None
    ) -> dict[str, dict[int, Tensor]]:
        """Return predictions by task and level, as :meth:`forward` does.

        Args:
            features: Maps of the encoder, by task if they differ.
            size: Height and width of the images.
            tasks: Tasks to predict; None for all. With exchanges all tasks are decoded, because these need the others.

        Raises:
            ConfigError: When the maps are too small for reflection padding.
        """
        try:
            return self._decode(features, size, tasks)
        except RuntimeError as error:
            if 'Padding size' not in str(error):
                raise
            raise ConfigError(
                f'images of {tuple(size)} (height, width) are too small for the reflection padding of this network; '
                f'use a height and width of at least {self._smallest_side()}'
            ) from error

    def _smallest_side(self) -> int:
        """Find the smallest height and width that the network accepts."""
        sides = (factor * self.size_multiple for factor in range(1, 9))
        device, training = next(self.parameters()).device, self.training
        self.eval()
        try:
            return next(side for side in sides if self._takes(torch.zeros(1, 3, side, side, device=device)))
        finally:
            self.train(training)

    @torch.no_grad()
    def _takes(self, images: Tensor) -> bool:
        try:
            self._decode(self.encode(images), images.shape[-2:])
        except RuntimeError:
            return False
        return True

    def _decode(
        self, features: Maps, size: Sequence[int], tasks: Sequence[str] | None = None
    ) -> dict[str, dict[int, Tensor]]:
        wanted = list(self.decoders) if tasks is None else [name for name in self.decoders if name in tasks]
        decoded = list(self.decoders) if self.exchanges else wanted
        maps = {name: self._with_scaled_gradient(features, name) for name in decoded}
        states: dict[str, Tensor | None] = dict.fromkeys(decoded)
        predictions: dict[str, dict[int, Tensor]] = {name: {} for name in wanted}
        for level in self.levels:
            states = {name: self.decoders[name](level, maps[name], states[name]) for name in decoded}
            for name in wanted:
                if str(level) in self.heads[name]:
                    predictions[name][level] = self.heads[name][str(level)](states[name])
            if str(level) in self.exchanges:
                states = self._exchanged(level, states)
        for name, levels in predictions.items():
            levels[0] = _to_size(levels[0], size, self.decoders[name].align_corners)
        return predictions

    def _exchanged(self, level: int, states: dict[str, Tensor | None]) -> dict[str, Tensor | None]:
        exchange = self.exchanges[str(level)]
        given: dict[str, Tensor | None] = exchange(states)
        if given.keys() != states.keys():
            raise ConfigError(
                f'{type(exchange).__name__} returned features of {", ".join(given) or "no task"}, expected those of '
                f'{", ".join(states)}; return one entry per task in its forward()'
            )
        return given

    def compile_parts(self) -> None:
        """Compile encoder, decoders, exchanges and heads in place; parameter names do not change."""
        heads = [head for levels in self.heads.values() for head in levels.values()]
        for part in (self.encoder, *self.decoders.values(), *self.exchanges.values(), *heads):
            part.compile()
        # Modules of one class share their code, and therefore torch's limit on recompilations of that code. Here every
        # module needs one variant in training and one in evaluation.
        dynamo = torch._dynamo.config
        dynamo.recompile_limit = max(dynamo.recompile_limit, 2 * len(self.levels) * len(self.decoders))

    def _decoders(self) -> list[Decoder]:
        return list(self.decoders.values())

    def _build_decoders(self, tasks: Sequence[str], decoder: Mapping) -> dict[str, Decoder]:
        """Build the decoders by task."""
        by_task = dict.fromkeys(tasks, decoder) if 'type' in decoder else decoder
        if missing := [name for name in tasks if name not in by_task]:
            raise ConfigError(f'network.decoder has no decoder for {", ".join(missing)}; it has {list(by_task)}')
        maps = dict(encoder_channels=self.encoder.channels, encoder_strides=self.encoder.strides)
        built = {name: DECODERS.build({**by_task[name], **maps}) for name in tasks}
        levels = {name: one.levels for name, one in built.items()}
        if len(set(levels.values())) > 1:
            raise ConfigError(f'network.decoder: all decoders need the same levels, got {levels}')
        return built

    def _shared_channels(self, level: int) -> int:
        """Return the number of channels that all tasks have at an exchange level."""
        channels = {name: one.channels[level] for name, one in self.decoders.items()}
        if len(set(channels.values())) > 1:
            raise ConfigError(f'network.exchange needs equal channels of all tasks at level {level}, got {channels}')
        return next(iter(channels.values()))

    def _with_scaled_gradient(self, features: Maps, task: str) -> list[Tensor]:
        factor = self.gradient_scales.get(task, 1.0) if self.training else 1.0
        maps = features[task] if isinstance(features, Mapping) else features
        return [scale_gradient(one, factor) for one in maps]

    def _check(
        self, has_exchange: bool, exchange_levels: Sequence[int], head_levels: Mapping[str, Sequence[int]]
    ) -> None:
        if set(head_levels) != set(self.decoders):
            raise ConfigError(
                f'network.head_levels names the tasks {list(head_levels)}, but the tasks are {list(self.decoders)}'
            )
        if not set(self.gradient_scales) <= set(self.decoders):
            raise ConfigError(
                f'network.gradient_scales names the tasks {list(self.gradient_scales)}, but the tasks are '
                f'{list(self.decoders)}'
            )
        for levels in head_levels.values():
            if not set(levels) <= set(self.levels) or 0 not in levels:
                raise ConfigError(
                    f"network.head_levels is {tuple(levels)}, expected some of the decoder's levels {self.levels}, "
                    'including 0'
                )
        if not set(exchange_levels) <= set(self.levels[:-1]):
            raise ConfigError(
                f'network.exchange_levels is {tuple(exchange_levels)}, expected some of the levels before the '
                f"decoder's last, {self.levels[:-1]}"
            )
        if has_exchange != bool(exchange_levels):
            raise ConfigError(
                'network.exchange and network.exchange_levels belong together; set both, or exchange=None and no levels'
            )


def _to_size(prediction: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    if prediction.shape[-2:] == tuple(size):
        return prediction
    return F.interpolate(prediction, size=tuple(size), mode='bilinear', align_corners=align_corners)
