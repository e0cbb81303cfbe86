"""Base class of decoders."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from mmengine.model import BaseModule
from torch import Tensor, nn


class Decoder(BaseModule):
    """Decoder of one task. All tasks decode level by level, so that an exchange can act between two levels.

    Level ``k`` has stride ``2**k``. Level 0 is the last one; the network resizes its prediction to the image.

    Args:
        encoder_channels: Channels of the encoder's maps.
        encoder_strides: Strides of the encoder's maps.

    Attributes:
        levels: Levels from coarse to fine, ending with 0.
        channels: Channels of the state after each level.
        align_corners: Whether the last prediction is resized with aligned corners.
    """

    scaled_arguments: ClassVar[Mapping[str, str]]
    """Arguments that profiles scale, and their kinds: see :mod:`mtlbench.config.kinds`."""
    levels: tuple[int, ...]
    channels: Mapping[int, int]
    align_corners: bool = False

    def __init__(self, encoder_channels: Sequence[int], encoder_strides: Sequence[int]) -> None:
        super().__init__()
        self.encoder_channels = tuple(encoder_channels)
        self.encoder_strides = tuple(encoder_strides)

    @property
    def reads(self) -> set[int]:
        """Positions of the encoder's maps that the decoder reads; all by default."""
        return set(range(len(self.encoder_channels)))

    def start_head(self, head: nn.Module) -> None:
        """Initialize a layer that the task built on a state; called by the network. By default, do nothing."""

    @abstractmethod
    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """Return the state (N, ``channels[level]``, h, w) after ``level``.

        Args:
            level: Level to decode, one of ``levels``.
            features: Maps of the encoder.
            state: State after the previous level, possibly refined by an exchange; None at the first level.
        """
