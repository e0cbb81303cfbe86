"""Protocol of the network for objectives, attacks and measurements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from torch import Tensor, nn

Predictions = dict[str, dict[int, Tensor]]
"""Raw predictions (N, C, h, w) by task and decoder level; level 0 has the size of the images."""


Maps = list[Tensor] | dict[str, list[Tensor]]
"""Feature maps of an encoder, finest first; by task if they differ."""


class Network(Protocol):
    """Network whose encoder and decoders can be called separately.

    :class:`mtlbench.models.MultiTaskNetwork` is one. A network without ``encode`` and ``decode`` can be trained with
    the default routes, by objectives that read predictions alone.
    """

    @property
    def head_levels(self) -> Mapping[str, Sequence[int]]:
        """Decoder levels with a prediction, by task."""
        ...

    def __call__(self, images: Tensor, tasks: Sequence[str] | None = None) -> Predictions:
        """Return the predictions for images (N, 3, H, W), RGB in [0, 1], of the given tasks or of all."""
        ...

    def encode(self, images: Tensor) -> Maps:
        """Return the encoder's feature maps, finest first; by task if they differ."""
        ...

    def decode(self, features: Maps, size: Sequence[int], tasks: Sequence[str] | None = None) -> Predictions:
        """Return the predictions from feature maps of images of that (height, width)."""
        ...

    def get_submodule(self, target: str) -> nn.Module:
        """Return a part of the network by its dotted name, as :class:`torch.nn.Module` does."""
        ...
