"""Decoders: from the encoder's maps to one task's features, level by level."""

from mtlbench.models.decoders.base import Decoder

__all__ = ['Decoder']
