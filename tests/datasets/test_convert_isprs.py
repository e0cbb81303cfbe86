"""Conversion of the delivered tiles of Potsdam and Vaihingen into patches."""

import hashlib
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from genuine_layout import save
from isprs_files import BLACK, PALETTE, write_tile
from PIL import Image

from mtlbench.datasets import PotsdamDataset, VaihingenDataset
from mtlbench.datasets.isprs_tree import TileFiles
from mtlbench.datasets.prepare import isprs
from mtlbench.datasets.prepare.isprs import TREES, Cut, convert
from mtlbench.datasets.prepare.rasters import window_starts
from mtlbench.errors import ConfigError, DataError

POTSDAM, VAIHINGEN = TREES['potsdam'], TREES['vaihingen']
SMALL = Cut(size=32, stride=16)
SHAPE = (90, 117)
TOOL = Path(__file__).parents[2] / 'tools' / 'convert_isprs.py'


def read(path):
    return np.asarray(Image.open(path))


def digests(root):
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in root.rglob('*.*')}


def joined(folder, kind, tile):
    """The raster that a tile's patches were cut from; where they overlap, they agree."""
    patches = {path: tuple(map(int, path.stem.rsplit('_', 4)[1:])) for path in (folder / kind).glob(f'{tile}_*.png')}
    assert patches
    whole = np.full((max(w[3] for w in patches.values()), max(w[2] for w in patches.values())), -1)
    for path, (left, top, right, bottom) in patches.items():
        pixels = read(path).astype(int)
        pixels = pixels[..., 0] if pixels.ndim == 3 else pixels
        before = whole[top:bottom, left:right]
        assert pixels.shape == (bottom - top, right - left)
        assert ((before == -1) | (before == pixels)).all()
        whole[top:bottom, left:right] = pixels
    assert (whole >= 0).all()
    return whole


@pytest.fixture
def source(tmp_path):
    """Two tiles of Vaihingen, and what was written."""
    generator = np.random.default_rng(1)
    made = {tile: write_tile(tmp_path / 'src', VAIHINGEN, tile, SHAPE, generator) for tile in ('area1', 'area2')}
    return tmp_path / 'src', made


def test_windows_of_a_genuine_tile_of_potsdam():
    """6000 pixels at 5 cm are 3333 at 9 cm: 13 x 13 windows with a last one at the border, 12 x 12 without."""
    shape = Cut().resampled((6000, 6000), POTSDAM.resolution)
    assert shape == (3333, 3333)
    windows = Cut().windows(shape)
    assert len(windows) == len({*windows}) == 169
    assert {(right - left, bottom - top) for left, top, right, bottom in windows} == {(512, 512)}
    assert {left for left, *_ in windows} == {*range(0, 2817, 256), 3333 - 512}
    assert len(Cut(drop_last_window=True).windows(shape)) == 144
    assert PotsdamDataset.official_counts['train'] == 24 * 169
    assert Cut().resampled((2000, 2500), VAIHINGEN.resolution) == (2000, 2500)


@pytest.mark.parametrize('length', [5, 31, 32, 33, 48, 49, 100])
def test_windows_cover_a_line(length):
    starts = window_starts(length, 32, 16, drop_last=False)
    covered = {x for start in starts for x in range(start, min(start + 32, length))}
    assert covered == {*range(length)}
    whole = [start for start in range(0, length, 16) if start + 32 <= length] or [0]
    assert window_starts(length, 32, 16, drop_last=True) == whole
    assert starts in (whole, [*whole, length - 32])


def test_tiles_of_vaihingen_are_cut_as_they_are(source):
    src, made = source
    note = convert(VAIHINGEN, src, src, SMALL)
    folder = src / 'patches_32'
    assert note['patches'] == 2 * 5 * 7 == len(list((folder / 'img').glob('*.png')))
    assert json.loads((folder / 'CONVERTED.json').read_text()) == note
    assert note['tiles_with'] == {'img': 2, 'label': 2, 'label_noBoundary': 2, 'height': 2}
    for tile, truth in made.items():
        np.testing.assert_array_equal(joined(folder, 'img', tile), truth['img'][..., 0])
        np.testing.assert_array_equal(read(folder / f'img/{tile}_16_32_48_64.png'), truth['img'][32:64, 16:48])
        np.testing.assert_array_equal(joined(folder, 'label', tile), truth['label'])
        inner = np.where(truth['label_noBoundary'] == BLACK, 255, truth['label_noBoundary'])
        np.testing.assert_array_equal(joined(folder, 'label_noBoundary', tile), inner)
        # The tile's own jpg, decoded: the conversion loses nothing more.
        np.testing.assert_array_equal(joined(folder, 'height', tile), read(VAIHINGEN.files['height'].path(src, tile)))


def test_tiles_of_potsdam_are_resampled(tmp_path):
    truth = write_tile(tmp_path, POTSDAM, '2_10', SHAPE, np.random.default_rng(2))
    convert(POTSDAM, tmp_path, tmp_path, SMALL)
    folder, shape = tmp_path / 'patches_32', (50, 65)  # 5/9 of 90 x 117
    label, height = joined(folder, 'label', '2_10'), joined(folder, 'height', '2_10')
    assert label.shape == height.shape == shape
    stored = read(POTSDAM.files['height'].path(tmp_path, '2_10')).astype(float)
    for y, x in np.ndindex(shape):
        row, column = (Fraction(2 * i + 1, 2) * Fraction(9, 5) for i in (y, x))
        assert label[y, x] == truth['label'][int(row), int(column)]
        # Bilinear between pixel centers. OpenCV's weights have 11 bits, its result is rounded.
        assert abs(height[y, x] - bilinear(stored, float(row) - 0.5, float(column) - 0.5)) <= 0.5 + 255 * 2 / 2048


def bilinear(values, row, column):
    top, left = (min(max(int(np.floor(p)), 0), n - 2) for p, n in zip((row, column), values.shape, strict=True))
    dy, dx = min(max(row - top, 0), 1), min(max(column - left, 0), 1)
    upper, lower = (values[r, left] * (1 - dx) + values[r, left + 1] * dx for r in (top, top + 1))
    return upper * (1 - dy) + lower * dy


def test_images_are_resampled_without_aliases(tmp_path):
    """Stripes of one pixel are finer than the new pixels can show: they must become gray, not coarser stripes."""
    shape = (180, 180)
    write_tile(tmp_path, POTSDAM, '2_10', shape, np.random.default_rng(0))
    stripes = np.where(np.arange(180) % 2, 255, 0).astype(np.uint8)[None, :, None]
    save(POTSDAM.files['img'].path(tmp_path, '2_10'), np.broadcast_to(stripes, (*shape, 3)).copy())
    convert(POTSDAM, tmp_path, tmp_path, SMALL)
    gray = joined(tmp_path / 'patches_32', 'img', '2_10')[8:-8, 8:-8]
    assert gray.shape == (84, 84)
    assert abs(gray.mean() - 127.5) < 2
    assert gray.std() < 0.1 * 127.5  # taking every 1.8th pixel has 127.5


def test_folders_and_numbers_are_found_in_either_spelling(tmp_path):
    write_tile(tmp_path, POTSDAM, '6_7', SHAPE, np.random.default_rng(0))
    assert (tmp_path / '1_DSM_normalization/dsm_potsdam_06_07_normalized_lastools.jpg').is_file()
    (tmp_path / '3_Ortho_IRRG').rename(tmp_path / '2_Ortho_IRRG')
    image = tmp_path / '2_Ortho_IRRG/top_potsdam_6_7_IRRG.tif'
    image.rename(image.with_name('top_potsdam_06_07_IRRG.tif'))
    assert convert(POTSDAM, tmp_path, tmp_path, SMALL)['tiles'] == ['6_7']
    assert list(tmp_path.glob('patches_32/img/6_7_*.png'))
    assert TileFiles(('a',), '{tile}').find(tmp_path, '6_7') is None


def test_another_folder_can_be_named(source):
    src, _ = source
    (src / 'nDSM').rename(src / 'heights')
    assert convert(VAIHINGEN, src, src / 'without', SMALL)['tiles_with']['height'] == 0
    assert convert(VAIHINGEN, src, src / 'with', SMALL, {'height': 'heights'})['tiles_with']['height'] == 2
    with pytest.raises(DataError, match=r"/nothing: no such folder; correct the folder of the kind 'height'"):
        convert(VAIHINGEN, src, src, SMALL, {'height': 'nothing'})
    with pytest.raises(ConfigError, match="is 'depth', expected one of img, label, label_noBoundary, height"):
        convert(VAIHINGEN, src, src, SMALL, {'depth': 'heights'})


def test_interrupted_conversion_goes_on(source, tmp_path, monkeypatch):
    src, _ = source
    convert(VAIHINGEN, src, tmp_path / 'whole', SMALL)
    real, calls = isprs.write_image, []

    def dies(path, pixels):
        calls.append(path)
        if len(calls) == 50:
            raise KeyboardInterrupt
        real(path, pixels)

    broken = tmp_path / 'broken'
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(isprs, 'write_image', dies)
        convert(VAIHINGEN, src, broken, SMALL)
    assert not (broken / 'patches_32/CONVERTED.json').exists()
    with pytest.raises(DataError, match="'stride' is 16, requested 8"):
        convert(VAIHINGEN, src, broken, Cut(size=32, stride=8))
    # All images of area1 are there, and some of its labels: the former are not written again.
    written = []
    with monkeypatch.context() as patch:
        patch.setattr(isprs, 'write_image', lambda path, pixels: (written.append(path), real(path, pixels)))
        convert(VAIHINGEN, src, broken, SMALL)
    assert len(written) == 2 * 4 * 35 - 35
    assert digests(broken) == digests(tmp_path / 'whole')


def test_finished_or_foreign_folders_are_left_alone(source):
    src, _ = source
    note = convert(VAIHINGEN, src, src, SMALL)
    before = digests(src)
    assert convert(VAIHINGEN, src, src, SMALL) == note
    assert digests(src) == before
    (src / 'other/patches_32').mkdir(parents=True)
    (src / 'other/patches_32/precious.png').write_bytes(b'1')
    with pytest.raises(DataError, match=r"not empty and contains no conversion .*'precious\.png'"):
        convert(VAIHINGEN, src, src / 'other', SMALL)


@pytest.mark.parametrize('name', ['RENDERED.json', 'RENDERED.started.json'])
def test_patches_of_rendered_tiles_are_marked(source, tmp_path, name):
    src, _ = source
    (src / name).write_text('{"rendered": true}')
    convert(VAIHINGEN, src, tmp_path / 'out', SMALL)
    folders = {kind: f'patches_32/{kind}' for kind in ('img', 'label', 'height')}
    assert VaihingenDataset(str(tmp_path / 'out'), 'train', ['semseg'], [], 'isprs_6', folders=folders).rendered


def test_no_tiles(tmp_path):
    for folder in ('nothing', 'top'):
        (tmp_path / folder).mkdir()
        with pytest.raises(DataError, match=r'no tile of vaihingen; expected top_mosaic_09cm_\{tile\}\.tif in .* top$'):
            convert(VAIHINGEN, tmp_path, tmp_path, SMALL)


def test_missing_file_of_a_tile(source):
    """A split may lack labels altogether, but not some of its tiles."""
    src, _ = source
    VAIHINGEN.files['label'].path(src, 'area2').unlink()
    assert convert(VAIHINGEN, src, src / 'out', SMALL)['tiles_with'] == {
        'img': 2, 'label': 1, 'label_noBoundary': 2, 'height': 2,
    }  # fmt: skip
    assert not list((src / 'out').rglob('label/area2_*.png'))
    write_tile(src, VAIHINGEN, 'area4', SHAPE, np.random.default_rng(0))
    with pytest.raises(DataError, match=r'top_mosaic_09cm_area2\.tif is missing, but tile area2 has an image'):
        convert(VAIHINGEN, src, src, SMALL)
    assert not (src / 'patches_32').exists()


def test_sizes_must_agree(source):
    src, _ = source
    path = VAIHINGEN.files['label'].path(src, 'area2')
    save(path, read(path)[1:])
    with pytest.raises(DataError, match=r'area2\.tif is 117 x 89 pixels, but the image .* is 117 x 90'):
        convert(VAIHINGEN, src, src, SMALL)


def test_heights_may_lack_a_row(source):
    """Tile 3_13 of Potsdam does; three missing rows are too many."""
    src, made = source
    path = VAIHINGEN.files['height'].path(src, 'area2')
    save(path, made['area2']['height'][1:])
    convert(VAIHINGEN, src, src / 'out', SMALL)
    assert joined(src / 'out/patches_32', 'height', 'area2').shape == SHAPE
    save(path, made['area2']['height'][3:])
    with pytest.raises(DataError, match='117 x 87 pixels'):
        convert(VAIHINGEN, src, src / 'other', SMALL)


def test_colors_beside_the_palette(source):
    """Near a class's color: that class. Far from all of them: ignored, and an error when there are many."""
    src, made = source
    path, truth = VAIHINGEN.files['label'].path(src, 'area1'), made['area1']['label']
    colors = PALETTE[truth].astype(int)
    colors = np.where(colors == 255, 200, 60)
    colors[0, :3] = ((255, 0, 255), (128, 0, 0), (0, 0, 0))
    save(path, colors.astype(np.uint8))
    convert(VAIHINGEN, src, src / 'out', SMALL)
    expected = truth.copy()
    expected[0, :3] = 255
    np.testing.assert_array_equal(joined(src / 'out/patches_32', 'label', 'area1'), expected)
    save(path, made['area1']['img'])
    with pytest.raises(DataError, match=r'area1\.tif: \d\d\.\d% of the pixels have the color of no class'):
        convert(VAIHINGEN, src, src / 'other', SMALL)


@pytest.mark.parametrize('kind', ['img', 'label', 'height'])
def test_damaged_and_strange_files_are_named(source, kind):
    src, made = source
    path = VAIHINGEN.files[kind].path(src, 'area2')
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=rf'{path.name} cannot be (read|decoded)'):
        convert(VAIHINGEN, src, src / 'out', SMALL)
    save(path, made['area2']['label'].astype(np.uint8) if kind != 'height' else made['area2']['img'])
    with pytest.raises(DataError, match=rf'{path.name} has Pillow mode'):
        convert(VAIHINGEN, src, src / 'out', SMALL)


@pytest.mark.parametrize('change', [{'gsd': 0}, {'size': 0}, {'stride': -1}, {'gsd': float('nan')}])
def test_invalid_cuts_are_refused(change):
    with pytest.raises(ConfigError, match='expected a finite number above 0'):
        Cut(**change)


def test_a_folder_that_cannot_be_written(source, monkeypatch):
    src, _ = source
    (src / 'file').write_text('no folder')
    with pytest.raises(DataError, match=r'patches_\d+: cannot write to this folder'):
        convert(VAIHINGEN, src, src / 'file', SMALL)
    with pytest.raises(DataError, match='no such folder; expected the folder of the delivered files of vaihingen'):
        convert(VAIHINGEN, src / 'none', src / 'out', SMALL)


def test_a_full_disk_leaves_no_half_file(source, monkeypatch):
    src, _ = source
    sync, written = os.fsync, []

    def full(file):
        written.append(file)
        if len(written) > 5:
            raise OSError(28, 'No space left on device')
        sync(file)

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(DataError, match='No space left on device'):
        convert(VAIHINGEN, src, src / 'out', SMALL)
    assert not list((src / 'out').rglob('*.tmp'))
    monkeypatch.undo()
    assert convert(VAIHINGEN, src, src / 'out', SMALL)['patches']


def test_tool_and_reader_work_together(tmp_path):
    """Patches of the genuine size, by two processes, read by the real dataset; mistakes are explained in a line."""
    generator, src, out = np.random.default_rng(3), tmp_path / 'src', tmp_path / 'out'
    made = {tile: write_tile(src, VAIHINGEN, tile, (520, 600), generator) for tile in ('area1', 'area2')}
    command = [sys.executable, str(TOOL), 'vaihingen', '--src', str(src), '--out', str(out), '--jobs', '2']
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '8 patches of 2 tiles (2 with img, 2 with label, 2 with label_noBoundary, 2 with height)' in done.stdout
    for split, tile in (('train', 'area1'), ('val', 'area2')):
        dataset = VaihingenDataset(str(out), split, ['semseg', 'height'], [], 'isprs_6')
        assert [Path(frame).name for frame in dataset.frames] == [
            f'{tile}_{x}_{y}_{x + 512}_{y + 512}.png' for x in (0, 88) for y in (0, 8)
        ]
        np.testing.assert_array_equal(dataset.read(3)['gt_semseg'], made[tile]['label'][8:, 88:])
        assert not dataset.rendered
    wrong = subprocess.run([*command[:4], str(tmp_path)], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith('error: ')
    assert 'no tile of vaihingen' in wrong.stderr


def test_genuine_files(samples, tmp_path):
    """The tree and color code of the format samples."""
    src = samples / 'isprs/pseudo_layout/Vaihingen'
    note = convert(VAIHINGEN, src, tmp_path, Cut())
    assert note['tiles'] == ['area1', 'area6']
    assert note['tiles_with'] == {'img': 2, 'label': 2, 'label_noBoundary': 0, 'height': 0}
    colors = read(src / 'gts_for_participants/top_mosaic_09cm_area1.tif')
    ids = read(tmp_path / 'patches_512/label/area1_0_0_2_2.png')
    np.testing.assert_array_equal(PALETTE[ids], colors)
    with pytest.raises(DataError, match='no tile of potsdam'):
        convert(POTSDAM, samples / 'isprs/pseudo_layout/Potsdam', tmp_path, Cut())


def test_genuine_images(samples, tmp_path):
    """A genuine corner of Vaihingen as a tile: in its labels, vegetation is brighter in infrared than in red."""
    folder = samples / 'isprs/vaihingen_patch'
    image, numbers = (read(folder / kind / 'area1_0_0_512_512.png') for kind in ('img_dir', 'ann_dir'))
    ids = np.where(numbers == 0, 255, numbers - 1)
    save(VAIHINGEN.files['img'].path(tmp_path, 'area1'), image)
    save(VAIHINGEN.files['label'].path(tmp_path, 'area1'), PALETTE[np.minimum(ids, BLACK)])
    convert(VAIHINGEN, tmp_path, tmp_path, Cut())
    dataset = VaihingenDataset(str(tmp_path), 'train', ['semseg'], [], 'isprs_6')
    results = dataset.read(0)
    np.testing.assert_array_equal(results['gt_semseg'], ids)
    infrared, red, _ = np.moveaxis(results['image'].astype(int), -1, 0)
    tree = dataset.metainfo['classes'].index('tree')
    assert (infrared - red)[ids == tree].mean() > 5 * abs((infrared - red)[ids == 0].mean())
