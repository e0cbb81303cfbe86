"""Datasets: one file each, read in their genuine layout."""

from mtlbench.datasets.base import Draw, MultiTaskDataset
from mtlbench.datasets.cityscapes import CityscapesDataset
from mtlbench.datasets.potsdam import PotsdamDataset
from mtlbench.datasets.sampler import StreamSampler
from mtlbench.datasets.vaihingen import VaihingenDataset
from mtlbench.datasets.vkitti2 import VKITTI2Dataset

__all__ = [
    'CityscapesDataset',
    'Draw',
    'MultiTaskDataset',
    'PotsdamDataset',
    'StreamSampler',
    'VKITTI2Dataset',
    'VaihingenDataset',
]
