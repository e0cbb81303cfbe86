"""Tiny copies of all datasets, as configs, and the faults that the check finds in them."""

from importlib import import_module

from mtlbench.datasets.check import check_splits
from mtlbench.registry import DATASETS

COPIES = {
    'vkitti2': 'VKITTI2Dataset',
    'cityscapes': 'CityscapesDataset',
    'synthia': 'SYNTHIADataset',
    'nyudv2': 'NYUDv2Dataset',
    'scannet': 'ScanNetDataset',
    'scannet 25k': 'ScanNetDataset',
    'kitti_raw': 'KITTIRawDataset',
    'kitti_stereo': 'KITTIStereoDataset',
    'synscapes': 'SynscapesDataset',
    'potsdam': 'PotsdamDataset',
    'vaihingen': 'VaihingenDataset',
}
OPTIONS = {
    'cityscapes': {'neighbor_offsets': (-1, 1)},
    'kitti_raw': {'neighbor_offsets': (-1, 1)},
    'scannet 25k': {'layout': 'frames_25k'},
}


def write_copy(copy, root, **changes):
    """Write a tiny copy; returns the config of its training split, with all labels."""
    import_module(f'layout_{copy.split()[0]}').write(root)
    member = DATASETS.get(COPIES[copy])
    config = {'type': COPIES[copy], 'data_root': str(root), 'split': 'train', 'tasks': list(member.label_fields)}
    config |= {'pipeline': [], 'class_set': next(iter(member.class_sets), None), '_scope_': 'mtlbench'}
    return {**config, **OPTIONS.get(copy, {}), **changes}


def build(config):
    return DATASETS.build(dict(config))


def report_of(config):
    (report,) = check_splits({'train': config})
    return report


def faults_of(config):
    """Return the messages of all faults."""
    return {message for messages in report_of(config).faults.values() for message in messages}
