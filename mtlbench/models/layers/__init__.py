"""Building blocks shared by encoders, decoders and exchanges."""

from mtlbench.models.layers.aspp import ASPP
from mtlbench.models.layers.attention import GatedAttention
from mtlbench.models.layers.conv import Bottleneck, ConvNormReLU, ReflectConvELU
from mtlbench.models.layers.gradient import scale_gradient

__all__ = ['ASPP', 'Bottleneck', 'ConvNormReLU', 'GatedAttention', 'ReflectConvELU', 'scale_gradient']
