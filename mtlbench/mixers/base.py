"""Base classes of mixers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.mixers.views import Views


class Mixer(ABC):
    """Create training images from others: a batch of views in, a batch of the same shapes out.

    Images, labels, confidence, depth and further fields are changed alike, without gradients. All random numbers are
    drawn on the CPU from the given generator, so that a seed has the same effect on every device.

    Attributes:
        least_batch: Minimum number of views in a batch.
    """

    least_batch: int = 1

    def check_classes(self, classes: Sequence[str]) -> None:  # noqa: B027  most mixers take any
        """Reject class sets that the mixer cannot work with; called once before training.

        Raises:
            ConfigError: When the classes that the mixer needs are missing.
        """

    @abstractmethod
    def mix(self, views: Views, generator: torch.Generator) -> Views:
        """Return the mixed views."""

    def __call__(self, views: Views, generator: torch.Generator) -> Views:
        """Return the mixed views, see :meth:`mix`."""
        with torch.no_grad():
            return self.mix(views, generator)


class PairMixer(Mixer):
    """Paste part of the next image of the batch into each image.

    Raises:
        ConfigError: When the batch has a single image, which would be mixed with itself.
    """

    least_batch = 2

    @abstractmethod
    def kept(self, views: Views, generator: torch.Generator) -> Tensor:
        """Return the mask (N, 1, H, W) of the pixels that each image keeps."""

    def mix(self, views: Views, generator: torch.Generator) -> Views:
        """Return the images where they are kept and their partners elsewhere."""
        if len(views.images) < 2:
            raise ConfigError(
                f'{type(self).__name__} mixes each image with the next one of its batch and needs at least two images; '
                'raise the batch_size of the mixed stream'
            )
        return views.where(self.kept(views, generator), views.partners())
