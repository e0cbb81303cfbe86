"""Network with its decoding: images in, ids, meters and unit vectors out."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.learner import Learner
from mtlbench.tasks import Task
from mtlbench.tasks.base import fit

INPUT = 'images'
USUAL_SIDE = 192
"""Least height and width of the images that an export for any size is traced and checked with."""


class Size(NamedTuple):
    """Height and width of images."""

    height: int
    width: int

    def __str__(self) -> str:
        return f'{self.height}x{self.width}'


class ExportedNetwork(nn.Module):
    """Network of a learner in evaluation mode, followed by the decoding of its tasks.

    Args:
        learner: Learner with its weights.
    """

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self.network = learner.network
        self.tasks: dict[str, Task] = learner.tasks
        self.level = learner.eval_level
        self.eval().requires_grad_(False)

    @property
    def size_multiple(self) -> int:
        """Common divisor required of the height and width of the images."""
        return self.network.size_multiple

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return the output of every task, in the order of the config, at the size of the images.

        Args:
            images: RGB images (N, 3, H, W) uint8, 0..255. The type excludes images that are scaled already.

        Raises:
            ConfigError: When the images have another type, or sides that the network does not accept.

        Returns:
            Outputs (N, C, H, W): ids as int64, everything else as float32.
        """
        if images.dtype != torch.uint8:
            raise ConfigError(f'images must be uint8 in 0..255, got {images.dtype}; convert them')
        scaled = images.float() / 255
        predictions = self.network(scaled)
        return {name: task.to_output(fit(predictions[name][self.level], scaled)) for name, task in self.tasks.items()}

    def require_size(self, size: tuple[int, int]) -> Size:
        """Return a size that images may have.

        Raises:
            ConfigError: When height or width is no multiple of :attr:`size_multiple`.
        """
        multiple = self.size_multiple
        if any(side % multiple for side in size):
            near = Size(*(max(round(side / multiple), 1) * multiple for side in size))
            raise ConfigError(
                f'--size {Size(*size)}: this network needs multiples of {multiple} for height and width, such as {near}'
            )
        return Size(*size)

    @property
    def usual_side(self) -> int:
        """Side of small images that the network accepts."""
        return -(-USUAL_SIDE // self.size_multiple) * self.size_multiple


def example(batch: int, size: Size, seed: int = 0) -> Tensor:
    """Return random images (batch, 3, H, W) uint8."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (batch, 3, *size), dtype=torch.uint8, generator=generator)
