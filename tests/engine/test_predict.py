"""Photographs as people have them, and panels that take the place of nothing."""

from __future__ import annotations

import io
import os
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

from mtlbench.cli import predict
from mtlbench.config import load_config
from mtlbench.engine import launch
from mtlbench.engine.photographs import find_images, read_image
from mtlbench.engine.predict import Predictor, network_size, shown_size
from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import MODELS
from mtlbench.visualization.panel_files import panel_paths, write_panel

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
    files = {
        'text.jpg': b'hello',
        'empty.png': b'',
        'half.jpg': content.getvalue()[:2000],
        'half.png': (tmp_path / 'whole.png').name.encode(),
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
    assert [path.name for path in find_images(tmp_path)] == ['a.JPG', 'b.tiff']
    with pytest.raises(DataError, match='no images in'):
        find_images(tmp_path / 'folder.jpg')
    with pytest.raises(DataError, match='no image and no folder'):
        find_images(tmp_path / 'nowhere')


@pytest.mark.parametrize('size', [(480, 640), (640, 480), (375, 1242), (1, 1), (500, 5000), (6000, 9000), (1000, 1000)])
def test_a_network_sees_images_in_their_aspect_ratio(size):
    pixels, multiple = 320 * 1024, 32
    seen = network_size(size, pixels, multiple)
    assert all(side % multiple == 0 and side > 0 for side in seen)
    assert 0.85 < seen[0] * seen[1] / pixels < 1.15
    # The short side is 5 multiples at least, so rounding is a tenth of it at most, and as much goes off the long side.
    assert 0.8 < (seen[0] / seen[1]) / (size[0] / size[1]) < 1.25


def test_a_strip_of_pixels_costs_no_more_than_a_photograph():
    assert network_size((1, 4000), 320 * 1024, 32) == (32, 10240)
    assert network_size((4000, 1), 320 * 1024, 32) == (10240, 32)
    assert shown_size((1, 4000)) == (1, 1024)
    assert shown_size((1, 1)) == (256, 256)
    assert shown_size((480, 640)) == (480, 640)


@pytest.fixture(scope='module')
def network():
    options = {'model.network.encoder.weights': None}
    cfg = load_config('mtl/sdn_vkitti2', 'mini', options=options)
    return cfg, MODELS.build(cfg.model).eval()


@pytest.mark.parametrize('size', [(1, 1), (70, 40), (40, 300)])
def test_predictions_have_the_size_of_the_image(network, size):
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    predicted = Predictor(*network).predict(image)
    assert {name: tuple(values.shape) for name, values in predicted.items()} == {
        'semseg': (1, *size),
        'depth': (1, *size),
        'normals': (3, *size),
    }


@pytest.fixture
def call(monkeypatch, network, capsys, tmp_path):
    """Runs the tool; gives its exit status and what it printed."""
    monkeypatch.setattr(launch, 'load_learner', lambda *_: network)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['predict.py', 'any', 'any.pth', *map(str, arguments)])
        status = 0
        try:
            predict.main()
        except SystemExit as ended:
            status = ended.code
        return status, *capsys.readouterr()

    return run


def test_an_unreadable_image_stops_no_other(call, tmp_path):
    folder = tmp_path / 'photos'
    folder.mkdir()
    for number in range(3):
        Image.fromarray(COLORS).save(folder / f'{number}.png')
    (folder / '1.png').write_bytes((folder / '1.png').read_bytes()[:60])
    status, out, err = call(folder, '--out', 'panels')
    assert status == 1
    assert '2 panels in panels' in out
    assert 'skipped: ' in err
    assert err.endswith('error: 1 of 3 images could not be read\n')
    assert sorted(path.name for path in (tmp_path / 'panels').iterdir()) == ['0.png', '2.png']


def test_no_file_of_the_user_is_overwritten(call, tmp_path):
    folder, out = tmp_path / 'photos', tmp_path / 'panels'
    for place, names in ((folder, ('x.png', 'x.jpg', 'y.png', 'z.png')), (out, ('y.png',))):
        place.mkdir()
        for name in names:
            Image.fromarray(COLORS).save(place / name)
    (out / 'z.png').symlink_to(folder / 'z.png')
    before = {path: path.read_bytes() for path in tmp_path.rglob('*.*') if path.is_file()}
    for where in (folder, folder / '..' / 'photos', tmp_path / 'photos' / '.'):
        with pytest.raises(ConfigError, match='would be overwritten'):
            call(folder, '--out', where)
    assert call(folder, '--out', out)[0] == 0
    assert {path: path.read_bytes() for path in before} == before
    made = sorted(path.name for path in out.iterdir() if path not in before)
    assert made == ['x.jpg.png', 'x.png.png', 'y.png.png', 'z.png.png']
    assert call(folder, '--out', out)[0] == 0
    assert len(list(out.iterdir())) == 6  # its own panels are written again


def test_a_name_that_is_no_text_is_no_obstacle(call, tmp_path):
    image = tmp_path / os.fsdecode(b'\xff\xe4.png')
    Image.fromarray(COLORS).save(image)
    for _ in range(2):
        assert call(image, '--out', 'panels')[0] == 0
    assert [path.name for path in (tmp_path / 'panels').iterdir()] == [image.name]


def test_one_name_in_two_folders_gives_two_panels(tmp_path):
    images = [tmp_path / place / 'x.jpg' for place in ('a', 'b')]
    out = tmp_path / 'panels'
    for image in images:
        path = panel_paths([image], out)[image]
        write_panel(path, COLORS, image)
    assert sorted(path.name for path in out.iterdir()) == ['x.jpg.png', 'x.png']
    assert len(set(panel_paths(images, out).values())) == 2
    third = tmp_path / 'c' / 'x.jpg'
    assert panel_paths([third], out)[third].name == 'x.jpg_2.png'


@pytest.mark.parametrize('out', ['file', 'file/below', 'n' * 300])
def test_an_impossible_folder_is_told_before_anything_is_read(call, tmp_path, out):
    (tmp_path / 'file').touch()
    Image.fromarray(COLORS).save(tmp_path / 'x.png')
    with pytest.raises(DataError, match='cannot write to this folder'):
        call(tmp_path / 'x.png', '--out', out)
