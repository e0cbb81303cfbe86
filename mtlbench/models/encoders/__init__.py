"""Encoders: from the image to feature maps."""

from mtlbench.models.encoders.base import Encoder
from mtlbench.models.encoders.resnet import ResNetEncoder
from mtlbench.models.encoders.segnet import SegNet
from mtlbench.models.encoders.segnet_mtan import SegNetMTAN
from mtlbench.models.encoders.timm import TimmEncoder
from mtlbench.models.encoders.torchvision import TorchvisionEncoder

__all__ = ['Encoder', 'ResNetEncoder', 'SegNet', 'SegNetMTAN', 'TimmEncoder', 'TorchvisionEncoder']
