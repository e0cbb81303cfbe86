"""Encoders: from the picture to feature maps."""

from mtlbench.models.encoders.base import Encoder
from mtlbench.models.encoders.resnet import ResNetEncoder

__all__ = ['Encoder', 'ResNetEncoder']
