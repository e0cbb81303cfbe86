"""The contract of a decoder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from mmengine.model import BaseModule
from torch import Tensor


class Decoder(BaseModule):
    """Decodes for one task, level by level, so that an exchange can act between two levels, in lockstep over tasks.

    A level ``k`` stands for stride ``2**k``; level 0 is the last one, whose prediction the network brings to the
    image's size.

    Args:
        encoder_channels: ``channels`` of the encoder.
        encoder_strides: ``strides`` of the encoder.

    Attributes:
        levels: The levels in order, coarse to fine, ending with 0.
        channels: Channels of the state after each level.
        align_corners: Whether the corners are aligned when the last prediction is brought to the image's size.
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
        """Positions of the encoder's maps that are read; of a decoder that does not say, all."""
        return set(range(len(self.encoder_channels)))

    @abstractmethod
    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """State (N, ``channels[level]``, h, w) after ``level``.

        Args:
            level: One of ``levels``.
            features: The encoder's maps.
            state: What the previous level returned, possibly changed by an exchange; None at the first level.
        """
