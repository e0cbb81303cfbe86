"""Images of every kind are read as people see them."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mtlbench.errors import DataError
from mtlbench.inference.images import as_rgb, read_image
from mtlbench.inference.sources import find_sources

RAMP = np.linspace(0, 255, 48).astype(np.uint8).reshape(6, 8)
COLORS = np.stack([RAMP, RAMP[::-1], np.full_like(RAMP, 9)], axis=-1)


def save(path, image, **options):
    image.save(path, **options)
    return read_image(path)


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data


@pytest.mark.parametrize('orientation', range(1, 9))
def test_a_turned_photograph_is_upright(tmp_path, orientation):
    upright = np.zeros((60, 40, 3), np.uint8)
    upright[:30, :20] = 255  # bright at the upper left
    as_stored = {  # what a camera held so writes, that a viewer turns back
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    found = save(tmp_path / 'x.png', Image.fromarray(as_stored), exif=exif(orientation))
    assert np.array_equal(found, upright)


@pytest.mark.parametrize(
    ('name', 'image', 'tolerance'),
    [
        ('gray.png', Image.fromarray(RAMP), 0),
        ('deep.png', Image.fromarray(RAMP.astype(np.uint16) * 257), 0),
        ('deep.tif', Image.fromarray(RAMP.astype(np.uint16) * 257), 0),
        ('integers.tif', Image.fromarray(RAMP.astype(np.int32) * 257), 0),
        ('unit.tif', Image.fromarray(RAMP.astype(np.float32) / 255), 0),
        ('bytes.tif', Image.fromarray(RAMP.astype(np.float32)), 0),
        ('photons.tif', Image.fromarray(RAMP.astype(np.float32) * 1000), 0),
        ('alpha.png', Image.fromarray(np.stack([RAMP, np.full_like(RAMP, 255)], -1), 'LA'), 0),
        ('ink.jpg', Image.fromarray(RAMP).convert('RGB').convert('CMYK'), 40),
    ],
)
def test_gray_values_of_every_depth_are_scaled_to_eight_bits(tmp_path, name, image, tolerance):
    found = save(tmp_path / name, image).astype(int)
    assert found.shape == (6, 8, 3)
    assert np.abs(found - RAMP[..., None]).max() <= tolerance


def test_one_bit_palette_and_animation(tmp_path):
    assert set(np.unique(save(tmp_path / 'x.png', Image.fromarray(RAMP > 99)))) == {0, 255}
    palette = Image.fromarray(COLORS).quantize(48)
    assert np.abs(save(tmp_path / 'x.gif', palette).astype(int) - COLORS).max() < 40
    frames = [Image.fromarray(COLORS), Image.fromarray(255 - COLORS)]
    for name in ('x.gif', 'x.webp', 'x.png'):
        found = save(tmp_path / name, frames[0], save_all=True, append_images=frames[1:])
        assert np.abs(found.astype(int) - COLORS).max() < 128, name


@pytest.mark.parametrize('mode', ['RGBA', 'LA', 'P'])
def test_what_is_transparent_is_white(tmp_path, mode):
    image = Image.new('RGBA', (4, 4), (200, 0, 0, 255))
    image.putpixel((1, 1), (0, 0, 0, 0))
    if mode == 'P':
        image = image.quantize(8)
        found = save(tmp_path / 'x.png', image)
    else:
        found = save(tmp_path / 'x.png', image.convert(mode))
    assert found[1, 1].tolist() == [255, 255, 255]
    assert found[0, 0, 0] in (200, 60)


def test_what_is_no_image_is_named(tmp_path):
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (99, 99, 3), np.uint8)).save(content, 'jpeg')
    png = io.BytesIO()
    Image.open(content).save(png, 'png')
    files = {
        'text.jpg': b'hello',
        'empty.png': b'',
        'half.jpg': content.getvalue()[:2000],
        'half.png': png.getvalue()[:2000],
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError, match=name):
            read_image(tmp_path / name)
    (tmp_path / 'named_wrongly.png').write_bytes(content.getvalue())
    assert read_image(tmp_path / 'named_wrongly.png').shape == (99, 99, 3)


def test_a_decompression_bomb_is_refused_and_a_large_image_is_read_quietly(tmp_path, monkeypatch):
    Image.fromarray(RAMP).save(tmp_path / 'x.png')
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', RAMP.size - 1)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert read_image(tmp_path / 'x.png').shape == (6, 8, 3)
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', RAMP.size // 3)
    with pytest.raises(DataError, match='make it smaller'):
        read_image(tmp_path / 'x.png')


def test_hidden_files_and_folders_are_no_images(tmp_path):
    for name in ('._a.jpg', '.b.png', 'Thumbs.db', 'a.JPG', 'b.tiff', 'notes.txt'):
        (tmp_path / name).touch()
    (tmp_path / 'folder.jpg').mkdir()
    assert [path.name for path in find_sources([tmp_path])] == ['a.JPG', 'b.tiff']
    with pytest.raises(DataError, match='no images in'):
        find_sources([tmp_path / 'folder.jpg'])
    with pytest.raises(DataError, match='no image and no folder'):
        find_sources([tmp_path / 'nowhere'])


def test_a_broken_link_in_a_folder_is_reported_as_unreadable(tmp_path):
    (tmp_path / 'lost.jpg').symlink_to('nowhere.jpg')
    assert find_sources([tmp_path]) == [tmp_path / 'lost.jpg']
    with pytest.raises(DataError, match=r'lost\.jpg is not a readable image .*No such file'):
        read_image(tmp_path / 'lost.jpg')


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / 'x.jpg').touch()
    with pytest.raises(DataError, match='it is empty'):
        read_image(tmp_path / 'x.jpg')


def test_a_pattern_leaves_out_the_outputs_of_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('x.jpg', 'out/y.jpg', 'out/overlays/depth/x.jpg'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    apart = [Path('out/panels'), Path('out/overlays')]
    assert find_sources(['**/*.jpg'], apart) == [Path('out/y.jpg'), Path('x.jpg')]
    assert find_sources(['out/overlays/depth'], apart) == [Path('out/overlays/depth/x.jpg')]


def test_a_floating_point_image_in_color_is_scaled_to_eight_bits(tmp_path):
    cv2.imwrite(str(tmp_path / 'x.tif'), (COLORS[..., ::-1] / 255).astype(np.float32))
    assert np.array_equal(read_image(tmp_path / 'x.tif'), COLORS)


def test_arrays_and_pillow_images_are_taken_as_files_are(tmp_path):
    turned = Image.fromarray(np.rot90(COLORS, 1))
    turned.save(tmp_path / 'x.png', exif=exif(6))
    with Image.open(tmp_path / 'x.png') as opened:
        for given in (tmp_path / 'x.png', str(tmp_path / 'x.png'), opened, COLORS, Image.fromarray(COLORS)):
            assert np.array_equal(as_rgb(given), COLORS)
    for wrong in (COLORS[..., 0], COLORS.astype(float), COLORS[None], COLORS[:0], 7):
        with pytest.raises(DataError, match=r'pass|convert'):
            as_rgb(wrong)


def test_a_damaged_pillow_image_is_told():
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (99, 99, 3), np.uint8)).save(content, 'jpeg')
    with (
        Image.open(io.BytesIO(content.getvalue()[:2000])) as image,
        pytest.raises(DataError, match=r'cannot be decoded \(image file is truncated'),
    ):
        as_rgb(image)


def test_files_folders_and_patterns_name_each_file_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ('a/x.jpg', 'a/b/y.PNG', 'a/b/clip.mp4', 'a/notes.txt', 'odd[1].png', 'named.dat')
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def found(*named):
        return [str(path) for path in find_sources(named)]

    assert found('a') == ['a/x.jpg']
    assert found('a/**/*') == ['a/b/clip.mp4', 'a/b/y.PNG', 'a/x.jpg']
    assert found('a/b', 'a/b/y.PNG', './a/b/../b/y.PNG') == ['a/b/clip.mp4', 'a/b/y.PNG']
    assert found('odd[1].png', 'named.dat') == ['odd[1].png', 'named.dat']
    for nothing in ('a/*.gif', 'a/*.txt'):
        with pytest.raises(DataError, match='no images match'):
            found(nothing)
