"""Building blocks shared by encoders, decoders and exchanges."""

from mtlbench.models.layers.aspp import ASPP
from mtlbench.models.layers.attention import GatedAttention
from mtlbench.models.layers.conv import Bottleneck, ConvNormReLU, ReflectConvELU
from mtlbench.models.layers.gradient import scale_gradient
from mtlbench.models.layers.start import xavier_normal
from mtlbench.models.layers.unpool import unpool

__all__ = [
    'ASPP',
    'Bottleneck',
    'ConvNormReLU',
    'GatedAttention',
    'ReflectConvELU',
    'scale_gradient',
    'unpool',
    'xavier_normal',
]
