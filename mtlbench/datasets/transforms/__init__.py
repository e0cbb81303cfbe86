"""Transforms: geometry changes once, and every field follows by its kind."""

from mtlbench.datasets.transforms.base import GeometricTransform, generator
from mtlbench.datasets.transforms.crop import RandomCrop
from mtlbench.datasets.transforms.flip import RandomFlip
from mtlbench.datasets.transforms.normals import NormalsFromDepth
from mtlbench.datasets.transforms.pack import PackSample
from mtlbench.datasets.transforms.resize import Resize

__all__ = ['GeometricTransform', 'NormalsFromDepth', 'PackSample', 'RandomCrop', 'RandomFlip', 'Resize', 'generator']
