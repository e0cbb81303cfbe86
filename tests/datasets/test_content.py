"""Equal file names do not pass for equal data."""

from __future__ import annotations

import shutil

import cv2
import layout_vkitti2
import numpy as np
import pytest

from mtlbench.datasets.content import MOST_FRAMES, _spread
from mtlbench.datasets.vkitti2 import VKITTI2Dataset

OPTIONS = {'split': 'train', 'tasks': ('semseg', 'depth'), 'pipeline': (), 'class_set': 'vkitti2_14'}


@pytest.fixture
def root(tmp_path):
    layout_vkitti2.write(tmp_path / 'one')
    return tmp_path / 'one'


def content(root, **changes):
    return VKITTI2Dataset(data_root=str(root), **{**OPTIONS, **changes}).fingerprint()['content']


def change(root, pattern):
    """Other pixels in every file that fits."""
    paths = list(root.rglob(pattern))
    assert paths
    for path in paths:
        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(path), np.roll(pixels, 1, axis=1))


def test_a_copy_is_the_same_data_wherever_it_lies(root, tmp_path):
    shutil.copytree(root, tmp_path / 'elsewhere' / 'two')
    assert content(root) == content(tmp_path / 'elsewhere' / 'two')
    assert content(root).keys() == {'image', 'semseg', 'depth'}


@pytest.mark.parametrize(('field', 'pattern'), [('image', 'rgb_*'), ('semseg', 'classgt_*'), ('depth', 'depth_*')])
def test_other_content_shows_in_its_field_alone(root, field, pattern):
    before = content(root)
    change(root, pattern)
    after = content(root)
    assert [name for name in before if before[name] != after[name]] == [field]


def test_fields_do_not_depend_on_the_other_tasks(root):
    assert content(root, tasks=('depth',))['depth'] == content(root)['depth']
    assert content(root, tasks=('depth',))['image'] == content(root)['image']


def test_missing_labels_are_no_error(root):
    for path in root.rglob('classgt_*'):
        path.unlink()
    assert content(root).keys() == {'image', 'semseg', 'depth'}


def test_nothing_is_decoded(root, monkeypatch):
    monkeypatch.setattr('PIL.Image.open', lambda *_: pytest.fail('decoded'))
    content(root)


def test_frames_are_spread_evenly():
    frames = [str(number) for number in range(50_000)]
    chosen = _spread(frames, MOST_FRAMES)
    assert len(chosen) == MOST_FRAMES
    assert (int(chosen[0]), int(chosen[-1])) == (1562, 48437)
    assert _spread(frames[:5], MOST_FRAMES) == frames[:5]
