"""Encoders: from the picture to feature maps."""

from mtlbench.models.encoders.base import Encoder

__all__ = ['Encoder']
