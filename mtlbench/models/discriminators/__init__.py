"""Discriminators: critics that tell where a prediction comes from."""

from mtlbench.models.discriminators.base import Discriminator
from mtlbench.models.discriminators.patch import PatchDiscriminator
from mtlbench.models.discriminators.pixel import PixelDiscriminator

__all__ = ['Discriminator', 'PatchDiscriminator', 'PixelDiscriminator']
