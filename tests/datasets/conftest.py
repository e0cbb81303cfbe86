"""Small datasets, and the genuine sample files where they are at hand."""

from pathlib import Path

import layout_cityscapes
import layout_vkitti2
import pytest
from genuine_layout import HEIGHT, WIDTH


@pytest.fixture
def samples():
    folder = Path(__file__).parents[3] / 'shared' / 'samples'
    if not folder.is_dir():
        pytest.skip('the genuine sample files are not at hand')
    return folder


@pytest.fixture
def vkitti2(tmp_path):
    """Builds the dataset from files written for the test."""
    from mtlbench.datasets import VKITTI2Dataset

    def build(**changes):
        root = tmp_path / 'vkitti2'
        if not root.exists():
            build.ids = layout_vkitti2.write(root)
        options = {'split': 'train', 'tasks': ['semseg', 'depth', 'normals'], 'pipeline': [], 'class_set': 'vkitti2_14'}
        return VKITTI2Dataset(**{'data_root': str(root), **options, **changes})

    build.root = tmp_path / 'vkitti2'
    return build


@pytest.fixture
def cityscapes(tmp_path):
    """Builds the dataset from files written for the test."""
    from mtlbench.datasets import CityscapesDataset

    def build(**changes):
        root = tmp_path / 'cityscapes'
        if not root.exists():
            layout_cityscapes.write(root, splits=('train', 'train_extra'))
        options = {'split': 'train', 'tasks': ['semseg', 'depth'], 'pipeline': [], 'class_set': 'cityscapes_19'}
        options['camera_shape'] = (HEIGHT, WIDTH)
        return CityscapesDataset(**{'data_root': str(root), **options, **changes})

    build.root = tmp_path / 'cityscapes'
    return build
