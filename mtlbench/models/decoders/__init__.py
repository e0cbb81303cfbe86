"""Decoders: map the encoder's features to the features of one task, level by level."""

from mtlbench.models.decoders.base import Decoder
from mtlbench.models.decoders.conv import ConvDecoder
from mtlbench.models.decoders.conv_up import ConvUpDecoder
from mtlbench.models.decoders.deeplab import DeepLabDecoder
from mtlbench.models.decoders.padnet import PADNetDecoder
from mtlbench.models.decoders.psp import PSPDecoder
from mtlbench.models.decoders.skip import SkipDecoder

__all__ = ['ConvDecoder', 'ConvUpDecoder', 'Decoder', 'DeepLabDecoder', 'PADNetDecoder', 'PSPDecoder', 'SkipDecoder']
