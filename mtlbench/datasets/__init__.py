"""Dataset readers, one file each, for the original file layouts."""

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.cityscapes import CityscapesDataset
from mtlbench.datasets.draw import Draw
from mtlbench.datasets.folder import FolderDataset
from mtlbench.datasets.kitti_raw import KITTIRawDataset
from mtlbench.datasets.kitti_stereo import KITTIStereoDataset
from mtlbench.datasets.nyudv2 import NYUDv2Dataset
from mtlbench.datasets.potsdam import PotsdamDataset
from mtlbench.datasets.sampler import StreamSampler
from mtlbench.datasets.scannet import ScanNetDataset
from mtlbench.datasets.synscapes import SynscapesDataset
from mtlbench.datasets.synthia import SYNTHIADataset
from mtlbench.datasets.vaihingen import VaihingenDataset
from mtlbench.datasets.vkitti2 import VKITTI2Dataset

__all__ = [
    'CityscapesDataset',
    'Draw',
    'FolderDataset',
    'KITTIRawDataset',
    'KITTIStereoDataset',
    'MultiTaskDataset',
    'NYUDv2Dataset',
    'PotsdamDataset',
    'SYNTHIADataset',
    'ScanNetDataset',
    'StreamSampler',
    'SynscapesDataset',
    'VKITTI2Dataset',
    'VaihingenDataset',
]
