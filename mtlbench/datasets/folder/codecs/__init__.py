"""Codecs, which read the labels of a user's own data; one class per file."""

from mtlbench.datasets.folder.codecs.base import LabelCodec
from mtlbench.datasets.folder.codecs.colors import ColorLabels
from mtlbench.datasets.folder.codecs.depth import DepthLabels
from mtlbench.datasets.folder.codecs.disparity import DisparityLabels
from mtlbench.datasets.folder.codecs.edges import EdgeLabels
from mtlbench.datasets.folder.codecs.height import HeightLabels
from mtlbench.datasets.folder.codecs.ids import IdLabels
from mtlbench.datasets.folder.codecs.inverse_depth import InverseDepthLabels
from mtlbench.datasets.folder.codecs.normals import NormalLabels
from mtlbench.datasets.folder.codecs.values import ValueLabels

__all__ = [
    'ColorLabels',
    'DepthLabels',
    'DisparityLabels',
    'EdgeLabels',
    'HeightLabels',
    'IdLabels',
    'InverseDepthLabels',
    'LabelCodec',
    'NormalLabels',
    'ValueLabels',
]
