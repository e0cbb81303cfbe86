"""Datasets that label only some tasks: the files of the others are not opened (SemiMTL)."""

import layout_cityscapes
import layout_potsdam
import layout_synscapes
import layout_vaihingen
import numpy as np
import pytest
from genuine_layout import read_uint16

from mtlbench.config import load_config
from mtlbench.datasets.draw import Draw
from mtlbench.registry import DATASETS
from mtlbench.structures import FieldKind

LAYOUTS = dict(
    cityscapes=layout_cityscapes, synscapes=layout_synscapes, potsdam=layout_potsdam, vaihingen=layout_vaihingen
)
# By config: the files that hold the withheld labels of each stream.
WITHHELD = {
    'jtl/sd_cityscapes_extra': ('cityscapes/disparity/train/**/*.png', 'cityscapes/gtFine/train_extra/**/*.png'),
    'jtl/sd_cityscapes_synscapes': ('cityscapes/disparity/train/**/*.png', 'synscapes/img/class/*.png'),
    'jtl/sd_potsdam_vaihingen': ('potsdam/patches_512/height/*.png', 'vaihingen/patches_512/label/*.png'),
    'da/s_potsdam_vaihingen': ('potsdam/patches_512/height/*.png', 'vaihingen/patches_512/*e*/*.png'),
    'da/d_potsdam_vaihingen': ('potsdam/patches_512/[hl]*/*.png', 'vaihingen/patches_512/label/*.png'),
}


@pytest.mark.parametrize('name', WITHHELD)
def test_withheld_labels_are_never_read(name, tmp_path, monkeypatch):
    monkeypatch.setenv('MTLBENCH_DATA', str(tmp_path))
    cfg = load_config(name)
    roots = {folder: layout for folder, layout in LAYOUTS.items() if folder in str(WITHHELD[name])}
    for folder, layout in roots.items():
        layout.write(tmp_path / folder)
    for pattern in WITHHELD[name]:
        for path in tmp_path.glob(pattern):
            path.write_bytes(b'unreadable')
    for stream, loader in cfg.train_dataloader.items():
        sample = DATASETS.build(loader.dataset)[Draw(0, 1)]['data_samples']
        labels = {key.removeprefix('gt_') for key in sample.keys() if key.startswith('gt_')}  # noqa: SIM118
        assert labels == set(loader.dataset.tasks), stream
    taught = [task for loader in cfg.train_dataloader.values() for task in loader.dataset.tasks]
    assert sorted(taught) == sorted(cfg.tasks)


def test_a_disparity_of_zero_is_infinity_where_asked(cityscapes):
    own, sky = cityscapes(tasks=['depth']), cityscapes(tasks=['depth'], rig=473.575, infinity=True)
    frame = own.frames[0]
    stored = read_uint16(next(own.root.rglob('aachen_000000_000019_disparity.png'))).astype(np.float64)
    depth = sky.read_depth(frame)
    # p = 0: nothing; 1: y = 0; 257: y = 1.
    assert (own.read_depth(frame)[stored <= 1] == 0).all()
    assert (depth[stored == 0] == 0).all() and np.isinf(depth[stored == 1]).all()
    some = stored > 1
    assert np.allclose(473.575 / depth[some], (stored[some] - 1) / 256, rtol=1e-6)


def test_infinity_is_no_fault_where_it_is_asked_for(cityscapes):
    sky = cityscapes(tasks=['depth'], infinity=True)
    depth = np.where(sky.read_depth(sky.frames[0]) == 0, 10, sky.read_depth(sky.frames[0]))
    assert np.isinf(depth).any()
    assert list(FieldKind.DEPTH.faults(depth, sky)) == []
    assert 'infinite' in next(iter(FieldKind.DEPTH.faults(depth, cityscapes(tasks=['depth']))))
