"""Decoders: from the encoder's maps to one task's features, level by level."""

from mtlbench.models.decoders.base import Decoder
from mtlbench.models.decoders.deeplab import DeepLabDecoder
from mtlbench.models.decoders.padnet import PADNetDecoder
from mtlbench.models.decoders.skip import SkipDecoder

__all__ = ['Decoder', 'DeepLabDecoder', 'PADNetDecoder', 'SkipDecoder']
