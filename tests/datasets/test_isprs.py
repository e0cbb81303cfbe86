"""The readers of Potsdam and Vaihingen, on patches."""

import json

import layout_potsdam
import layout_vaihingen
import numpy as np
import pytest
from genuine_layout import save
from PIL import Image

from mtlbench.class_sets import class_set
from mtlbench.datasets import PotsdamDataset, VaihingenDataset
from mtlbench.errors import ConfigError, DataError

LAYOUTS = {'potsdam': (PotsdamDataset, layout_potsdam), 'vaihingen': (VaihingenDataset, layout_vaihingen)}


@pytest.fixture(params=LAYOUTS)
def build(request, tmp_path):
    dataset, layout = LAYOUTS[request.param]
    layout.write(tmp_path)

    def make(split='train', tasks=('semseg', 'height'), classes='isprs_6', **options):
        return dataset(str(tmp_path), split, tasks, [], classes, **options)

    return make


def stored(dataset, kind, index=0):
    return np.asarray(Image.open(dataset.root / dataset.frames[index].replace('/img/', f'/{kind}/')))


def test_patches_are_split_by_their_tile(build):
    train, val = build(), build('val')
    assert len(train) == len(val) == 4
    assert not {*train.frames} & {*val.frames}
    for dataset in (train, val):
        assert dataset.frames == sorted(dataset.frames)
        assert {dataset.official_split(frame) for frame in dataset.frames} == {dataset.split}
    assert train.official_split('patches_512/img/area9_0_0_512_512.png') is None
    with pytest.raises(ConfigError, match="is 'test', expected one of train, val"):
        build('test')


def test_official_tiles():
    """24 / 14 tiles of Potsdam, 16 / 17 of Vaihingen, none twice; 169 patches for each tile of Potsdam."""
    for dataset, counts in ((PotsdamDataset, (24, 14)), (VaihingenDataset, (16, 17))):
        assert tuple(len(tiles) for tiles in dataset.tree.tiles.values()) == counts
        assert len({*dataset.tree}) == sum(counts)
    assert PotsdamDataset.official_counts == {'train': 24 * 169, 'val': 14 * 169}


def test_fields(build):
    dataset = build()
    results = dataset.read(1)
    np.testing.assert_array_equal(results['image'], stored(dataset, 'img', 1))
    np.testing.assert_array_equal(results['gt_semseg'], stored(dataset, 'label', 1))
    assert set(np.unique(results['gt_semseg'])) == {0, 1, 2, 3, 4, 5, 255}
    assert results['gt_height'].dtype == np.float32
    np.testing.assert_allclose(results['gt_height'], stored(dataset, 'height', 1) / 10, rtol=1e-6)
    # A meter on the ground is 1 / 0.09 pixels.
    np.testing.assert_allclose(results['intrinsics'], np.diag((100 / 9, 100 / 9, 1)))


def test_clutter_is_ignored_in_five_classes(build):
    dataset, six = build(classes='isprs_5'), build()
    assert class_set('isprs_5').classes == class_set('isprs_6').classes[:5]
    ids = six.read(0)['gt_semseg']
    np.testing.assert_array_equal(dataset.read(0)['gt_semseg'], np.where(ids == 5, 255, ids))


def test_height_scale(build):
    dataset = build(height_scale=1 / 255)
    np.testing.assert_allclose(dataset.read(0)['gt_height'], stored(dataset, 'height') / 255, rtol=1e-6)


def test_labels_without_borders_lie_in_another_folder(build):
    dataset = build(folders={'label': 'patches_512/label_noBoundary'})
    name = dataset.frames[0].replace('/img/', '/label_noBoundary/')
    save(dataset.root / name, np.full((512, 512), 255, np.uint8))
    assert (dataset.read(0)['gt_semseg'] == 255).all()


def test_missing_kinds_are_missed_only_where_needed(build):
    dataset = build(tasks=['semseg'])
    for path in dataset.root.rglob('height/*.png'):
        path.unlink()
    assert 'gt_height' not in dataset.read(0)
    with pytest.raises(DataError, match=r'height/.*is missing; .*mtlbench prepare'):
        build(tasks=['height']).read(0)


def test_strange_ids_are_an_error(build):
    dataset = build()
    save(dataset.root / dataset.frames[0].replace('/img/', '/label/'), np.full((512, 512), 6, np.uint8))
    with pytest.raises(DataError, match=r'label/.*holds the id 6; expected 0 \.\. 5 and 255'):
        dataset.read(0)


def test_uncut_tiles_are_explained(build):
    root = build().root
    for path in root.rglob('img/*.png'):
        path.unlink()
    with pytest.raises(DataError, match=r"split 'train' is empty; .*mtlbench prepare"):
        build()


@pytest.mark.parametrize('name', ['RENDERED.json', 'RENDERED.started.json'])
def test_rendered_patches_say_so_even_when_the_rendering_was_interrupted(build, name):
    dataset = build()
    assert not dataset.rendered
    (dataset.root / name).write_text(json.dumps({'rendered': True}))
    assert dataset.rendered
