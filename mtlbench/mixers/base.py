"""The contract of a mixer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.mixers.views import Views


class Mixer(ABC):
    """Makes training images out of others: a batch of views in, a batch of the same shapes out.

    Images, labels, their confidence and depth change alike. No gradient passes. All that is random is drawn on the
    CPU from the generator given, so that a seed means the same on every device.

    Attributes:
        least_batch: How many views a batch must have.
    """

    least_batch: int = 1

    def check_classes(self, classes: Sequence[str]) -> None:  # noqa: B027  most mixers take any
        """Called once before training: may refuse a class set that it cannot work with.

        Raises:
            ConfigError: Naming the classes that it looks for.
        """

    @abstractmethod
    def mix(self, views: Views, generator: torch.Generator) -> Views:
        """The mixed views."""

    def __call__(self, views: Views, generator: torch.Generator) -> Views:
        """See :meth:`mix`."""
        with torch.no_grad():
            return self.mix(views, generator)


class PairMixer(Mixer):
    """Puts part of the next image of the batch into each image.

    Raises:
        ConfigError: For a batch of one, which would be mixed with itself.
    """

    least_batch = 2

    @abstractmethod
    def kept(self, views: Views, generator: torch.Generator) -> Tensor:
        """Which pixels (N, 1, H, W) stay those of the image itself."""

    def mix(self, views: Views, generator: torch.Generator) -> Views:
        """The images where they are kept, their partners elsewhere."""
        if len(views.images) < 2:
            raise ConfigError(
                f'{type(self).__name__} mixes each image with the next one of its batch and needs two or more: raise '
                'the batch_size of the stream whose images are mixed'
            )
        return views.where(self.kept(views, generator), views.partners())
