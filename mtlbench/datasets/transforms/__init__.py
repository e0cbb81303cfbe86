"""Transforms: each changes the geometry once, and every field follows according to its kind."""

from mtlbench.datasets.transforms.base import GeometricTransform, generator
from mtlbench.datasets.transforms.crop import CenterCrop, RandomCrop
from mtlbench.datasets.transforms.flip import RandomFlip
from mtlbench.datasets.transforms.intrinsics import ChooseIntrinsics
from mtlbench.datasets.transforms.normals import NormalsFromDepth
from mtlbench.datasets.transforms.pack import PackSample
from mtlbench.datasets.transforms.pad import Pad
from mtlbench.datasets.transforms.photometric import ColorJitter, GaussianBlur, PhotometricTransform
from mtlbench.datasets.transforms.resize import RandomScale, Resize
from mtlbench.datasets.transforms.zoom import RandomZoom

__all__ = [
    'CenterCrop',
    'ChooseIntrinsics',
    'ColorJitter',
    'GaussianBlur',
    'GeometricTransform',
    'NormalsFromDepth',
    'PackSample',
    'Pad',
    'PhotometricTransform',
    'RandomCrop',
    'RandomFlip',
    'RandomScale',
    'RandomZoom',
    'Resize',
    'generator',
]
