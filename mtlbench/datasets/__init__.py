"""Datasets: one file each, read in their genuine layout."""

from mtlbench.datasets.base import Draw, MultiTaskDataset
from mtlbench.datasets.cityscapes import CityscapesDataset
from mtlbench.datasets.sampler import StreamSampler
from mtlbench.datasets.vkitti2 import VKITTI2Dataset

__all__ = ['CityscapesDataset', 'Draw', 'MultiTaskDataset', 'StreamSampler', 'VKITTI2Dataset']
