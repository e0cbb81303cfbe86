"""The network: one encoder, one decoder and head a task, and exchanges between the decoders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from mmengine.model import BaseModule, ModuleDict
from torch import Tensor
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models.encoders.base import Encoder
from mtlbench.models.exchanges.base import Exchange
from mtlbench.registry import DECODERS, ENCODERS, EXCHANGES, MODELS
from mtlbench.tasks.base import Task


@MODELS.register_module()
class MultiTaskNetwork(BaseModule):
    """Every task's decoder goes down the levels in lockstep with the others; exchanges act between the levels.

    With one task this is a single-task network, without exchange the plain multi-task one.

    Args:
        tasks: The tasks by name, in the order used throughout.
        encoder: Config of the encoder.
        decoder: Config of the decoder; one is built for each task.
        exchange: Config of the exchange; one is built for each of ``exchange_levels``.
        exchange_levels: Decoder levels after which the tasks exchange features.
        head_levels: Decoder levels with a prediction, among them 0; by task where they differ. It is read before the
            exchange of that level.

    Raises:
        ConfigError: When the levels are not the decoder's.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        encoder: dict,
        decoder: dict,
        exchange: dict | None = None,
        exchange_levels: Sequence[int] = (),
        head_levels: Sequence[int] | Mapping[str, Sequence[int]] = (0,),
    ) -> None:
        super().__init__()
        self.encoder: Encoder = ENCODERS.build(encoder)
        maps = dict(encoder_channels=self.encoder.channels, encoder_strides=self.encoder.strides)
        self.decoders = ModuleDict({name: DECODERS.build({**decoder, **maps}) for name in tasks})
        one = next(iter(self.decoders.values()))
        self.levels: tuple[int, ...] = one.levels
        by_task = dict(head_levels) if isinstance(head_levels, Mapping) else dict.fromkeys(tasks, head_levels)
        self._check(bool(exchange), exchange_levels, by_task)
        self.exchanges = ModuleDict()
        for level in exchange_levels:
            at = dict(tasks=list(tasks), channels=one.channels[level], level=level)
            self.exchanges[str(level)] = EXCHANGES.build({**(exchange or {}), **at})
        self.heads = ModuleDict()
        for name, task in tasks.items():
            self.heads[name] = ModuleDict({str(level): task.build_head(one.channels[level]) for level in by_task[name]})

    @property
    def size_multiple(self) -> int:
        """What the height and width of the pictures must be multiples of."""
        exchanges: list[Exchange] = list(self.exchanges.values())
        return math.lcm(self.encoder.strides[-1], *(2**one.level * one.size_multiple for one in exchanges))

    @property
    def head_levels(self) -> dict[str, tuple[int, ...]]:
        """The levels with a prediction, by task."""
        return {name: tuple(map(int, heads)) for name, heads in self.heads.items()}

    def forward(self, images: Tensor) -> dict[str, dict[int, Tensor]]:
        """Predictions by task and level, coarse to fine; those of level 0 have the pictures' size.

        Args:
            images: Pictures (N, 3, H, W), RGB in [0, 1].

        Raises:
            ConfigError: When height or width do not suit the network.
        """
        size = images.shape[-2:]
        if any(side % self.size_multiple for side in size):
            raise ConfigError(
                f'this network needs pictures whose height and width are multiples of {self.size_multiple}, '
                f'got {tuple(size)}: resize or crop them to such a size'
            )
        features = self.encoder(images)
        states: dict[str, Tensor | None] = dict.fromkeys(self.decoders)
        predictions: dict[str, dict[int, Tensor]] = {name: {} for name in self.decoders}
        for level in self.levels:
            states = {name: decoder(level, features, states[name]) for name, decoder in self.decoders.items()}
            for name, heads in self.heads.items():
                if str(level) in heads:
                    predictions[name][level] = heads[str(level)](states[name])
            if str(level) in self.exchanges:
                states = self.exchanges[str(level)](states)
        for levels in predictions.values():
            levels[0] = _to_size(levels[0], size)
        return predictions

    def compile_parts(self) -> None:
        """Compile encoder, decoders, exchanges and heads in place; the names of the parameters stay."""
        heads = [head for levels in self.heads.values() for head in levels.values()]
        for part in (self.encoder, *self.decoders.values(), *self.exchanges.values(), *heads):
            part.compile()
        # Parts of one class share their code, and with it torch's limit on the variants of a piece of code: here one
        # for each module, in training and in evaluation.
        dynamo = torch._dynamo.config
        dynamo.recompile_limit = max(dynamo.recompile_limit, 2 * len(self.levels) * len(self.decoders))

    def _check(
        self, has_exchange: bool, exchange_levels: Sequence[int], head_levels: Mapping[str, Sequence[int]]
    ) -> None:
        if set(head_levels) != set(self.decoders):
            raise ConfigError(
                f'network.head_levels names the tasks {list(head_levels)}, but the tasks are {list(self.decoders)}'
            )
        for levels in head_levels.values():
            if not set(levels) <= set(self.levels) or 0 not in levels:
                raise ConfigError(
                    f"network.head_levels must be among the decoder's levels {self.levels} and hold 0, "
                    f'got {tuple(levels)}'
                )
        if not set(exchange_levels) <= set(self.levels[:-1]):
            raise ConfigError(
                f"network.exchange_levels must be among the decoder's levels before its last, {self.levels[:-1]}, "
                f'got {tuple(exchange_levels)}'
            )
        if has_exchange != bool(exchange_levels):
            raise ConfigError(
                'network.exchange and network.exchange_levels go together: give both, or exchange=None and no levels'
            )


def _to_size(prediction: Tensor, size: Sequence[int]) -> Tensor:
    if prediction.shape[-2:] == tuple(size):
        return prediction
    return F.interpolate(prediction, size=tuple(size), mode='bilinear', align_corners=False)
