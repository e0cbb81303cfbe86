"""Datasets of a third party: what a subclass may leave out, and what it is told."""

import numpy as np
import pytest
from PIL import Image

from mtlbench.datasets import MultiTaskDataset
from mtlbench.datasets.files import read_npy, read_rgb
from mtlbench.errors import ConfigError, DataError


class Plain(MultiTaskDataset):
    """NAME.png and NAME.npy, without cameras."""

    name = 'plain'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = ('vkitti2_14',)
    default_folders = {}
    homepage_hint = 'nowhere'
    frame_pattern = '*.png'

    def list_frames(self):
        return ['a.png']

    def read_image(self, frame):
        return read_rgb(self.root / frame)

    def read_semseg(self, frame):
        return read_npy((self.root / frame).with_suffix('.npy'), ndim=2).astype(np.uint8)

    def read_depth(self, frame):
        return np.full((4, 6), 3, np.float32)


@pytest.fixture
def root(tmp_path):
    Image.fromarray(np.full((4, 6, 3), 9, np.uint8)).save(tmp_path / 'a.png')
    np.save(tmp_path / 'a.npy', np.full((4, 6), 2, np.uint8))
    return str(tmp_path)


def test_cameras_are_optional(root):
    """A reader of the intrinsics is needed only where a label is computed with them."""
    sample = Plain(root, 'train', ['semseg', 'depth'], []).read(0)
    assert 'intrinsics' not in sample
    assert sample['gt_semseg'].tolist() == [[2] * 6] * 4
    with pytest.raises(DataError, match=r'^Plain has no cameras; .*: add read_intrinsics\(\) to Plain$'):
        Plain(root, 'train', ['normals'], []).read(0)


def test_the_only_class_set_needs_no_name(root):
    assert Plain(root, 'train', ['depth'], []).class_set_name == 'vkitti2_14'
    several = type('Several', (Plain,), {'class_sets': ('vkitti2_14', 'vkitti2_8')})
    with pytest.raises(ConfigError, match='Several: class_set is not set, expected one of vkitti2_14, vkitti2_8'):
        several(root, 'train', ['depth'], [])
    with pytest.raises(ConfigError, match=r"class_set is 'vkitti2_9', expected .*did you mean"):
        several(root, 'train', ['depth'], [], class_set='vkitti2_9')


def test_ids_are_whole_numbers(root):
    floats = type('Floats', (Plain,), {'read_semseg': lambda self, frame: np.zeros((4, 6), np.float32)})
    with pytest.raises(
        DataError, match=r'a\.png: Floats reads semseg as float32, .*let read_semseg\(\) return .*uint8'
    ):
        floats(root, 'train', ['semseg'], []).read(0)
