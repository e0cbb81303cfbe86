"""Files of predictions, through the command: what is written, under which name, and that nothing else is touched."""

from __future__ import annotations

import io
import json
import os
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from mtlbench.cli import predict
from mtlbench.errors import ConfigError, DataError
from mtlbench.inference import Predictor
from mtlbench.inference.ledger import LEDGER
from mtlbench.inference.outputs import OUTPUTS

TASKS = ['semseg', 'depth', 'normals', 'edges', 'height', 'shading']


@pytest.fixture
def call(monkeypatch, run, capsys, tmp_path):
    """Runs the command on the tiny run; gives its exit status and what it printed."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments, run=run):
        monkeypatch.setattr(sys, 'argv', ['predict', str(run), *map(str, arguments), '--device', 'cpu'])
        status = 0
        try:
            predict.main()
        except SystemExit as ended:
            status = ended.code
        return status, *capsys.readouterr()

    return call


@pytest.fixture(scope='module')
def colors():
    ramp = np.linspace(0, 255, 48).astype(np.uint8).reshape(6, 8)
    return np.stack([ramp, ramp[::-1], np.full_like(ramp, 9)], axis=-1)


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*') if path.is_file() and path.name != LEDGER)


def test_the_parser_knows_the_outputs():
    assert predict.OUTPUTS == OUTPUTS


def test_every_output_lies_in_a_folder_of_its_own(call, predictor, photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / 'x.png')
    status, out, _ = call('x.png', '--out', 'out', '--outputs', *OUTPUTS)
    assert status == 0
    assert '1 image in ' in out
    assert 'images/s); panels, overlays, maps, arrays in out' in out
    suffixes = {'shading': '.npy'}
    assert files_in(tmp_path / 'out') == sorted(
        [
            *('panels/x.png', 'maps/maps.json', 'arrays/arrays.json'),
            *(f'overlays/{task}/x.jpg' for task in TASKS),
            *(f'maps/{task}/x{suffixes.get(task, ".png")}' for task in TASKS),
            *(f'arrays/{task}/x.npy' for task in TASKS),
        ]
    )
    maps, folder = predictor(photo), tmp_path / 'out'
    for task in TASKS:
        assert np.array_equal(np.load(folder / f'arrays/{task}/x.npy'), maps[task]), task
    described = json.loads((folder / 'maps/maps.json').read_text())
    depth = cv2.imread(str(folder / 'maps/depth/x.png'), cv2.IMREAD_UNCHANGED)
    assert np.abs(depth * described['depth']['scale'] - maps['depth']).max() <= described['depth']['scale'] / 2
    ids = np.array(Image.open(folder / 'maps/semseg/x.png'))
    names = {number: name for name, number in zip(described['semseg']['classes'].values(), range(19), strict=True)}
    assert {described['semseg']['classes'][str(number)] for number in np.unique(ids)} == {
        names[number] for number in np.unique(maps['semseg'])
    }
    assert np.array_equal(np.array(Image.open(folder / 'panels/x.png')), predictor.draw(photo, caption='x.png'))
    assert json.loads((folder / 'arrays/arrays.json').read_text())['height']['unit'] == 'm'


def test_what_is_clipped_is_told(call, tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    Image.fromarray(image).save(tmp_path / 'x.png')
    assert 'pixels of the maps of height exceed the range' in call('x.png', '--outputs', 'maps')[1]
    assert 'exceed' not in call('x.png', '--outputs', 'arrays')[1]


def with_orientation(image, orientation):
    exif, content = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    stored = {
        2: image[:, ::-1],
        3: image[::-1, ::-1],
        4: image[::-1],
        5: image.transpose(1, 0, 2),
        6: np.rot90(image, 1),
        7: image[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(image, -1),
    }[orientation]
    Image.fromarray(np.ascontiguousarray(stored)).save(content, 'png', exif=exif)
    return content.getvalue()


def encoded(image, kind, **options):
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def test_photographs_of_mixed_kinds_are_predicted_as_their_upright_pixels(call, run, photo, tmp_path):
    gray = photo[..., 0]
    panorama = np.tile(photo[:20, :64], (1, 5, 1))[:, :160]
    jpeg = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)), 'jpeg')
    white = np.full((45, 70, 3), 255, np.uint8)
    kinds = {
        **{f'turned_{number}.png': (with_orientation(photo, number), photo) for number in range(2, 9)},
        'deep.png': (encoded(Image.fromarray(gray.astype(np.uint16) * 257), 'png'), gray),
        'gray.bmp': (encoded(Image.fromarray(gray), 'bmp'), gray),
        'gray_alpha.png': (encoded(Image.fromarray(np.dstack([gray, np.zeros_like(gray)]), 'LA'), 'png'), white),
        'palette.gif': (encoded(Image.fromarray(gray), 'gif'), gray),
        'lossless.webp': (encoded(Image.fromarray(photo), 'webp', lossless=True), photo),
        'float.tif': (encoded(Image.fromarray(gray.astype(np.float32) / 255), 'tiff'), gray),
        'portrait.png': (encoded(Image.fromarray(photo.transpose(1, 0, 2).copy()), 'png'), photo.transpose(1, 0, 2)),
        'panorama.png': (encoded(Image.fromarray(panorama), 'png'), panorama),
        'point.png': (encoded(Image.fromarray(photo[:1, :1].copy()), 'png'), photo[:1, :1]),
        'half.jpg': (jpeg[:2000], None),
        'text.jpg': (b'hello', None),
    }
    ink = Image.fromarray(photo).convert('CMYK')
    kinds['ink.jpg'] = encoded(ink, 'jpeg'), None
    kinds['turned_6.jpg'] = None, None
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = encoded(Image.fromarray(np.ascontiguousarray(np.rot90(photo, 1))), 'jpeg', exif=exif)
    # What Pillow decodes without the tag, turned by hand, is what people see.
    kinds['turned_6.jpg'] = stored, np.rot90(np.array(Image.open(io.BytesIO(stored))), -1)
    kinds['ink.jpg'] = kinds['ink.jpg'][0], np.array(Image.open(io.BytesIO(kinds['ink.jpg'][0])).convert('RGB'))

    folder = tmp_path / 'photos'
    folder.mkdir()
    for name, (content, _) in kinds.items():
        (folder / name).write_bytes(content)
    status, out, err = call(folder, '--outputs', 'arrays', '--out', 'out')
    assert status == 1
    assert err.endswith('error: 2 of 20 images could not be read\n')
    assert all(f'skipped: {folder / name} is not a readable image' in err for name in ('half.jpg', 'text.jpg'))
    assert '18 images' in out

    predictor = Predictor(run, device='cpu')
    for name, (_, upright) in kinds.items():
        if upright is None:
            continue
        pixels = np.ascontiguousarray(upright if upright.ndim == 3 else np.repeat(upright[..., None], 3, -1))
        stem = name if name.startswith('turned_6') else name.partition('.')[0]
        for task, values in predictor(pixels).items():
            found = np.load(tmp_path / 'out/arrays' / task / f'{stem}.npy')
            assert np.array_equal(found, values), (name, task)
            assert found.shape[:2] == upright.shape[:2]


def test_options_reach_the_predictor(call, run, photo, tmp_path):
    from mtlbench.inference import Settings

    Image.fromarray(photo).save(tmp_path / 'x.png')
    Image.fromarray(photo[::-1].copy()).save(tmp_path / 'y.png')
    options = ['--flip', '--scales', '0.75', '1', '--size', '40x64', '--window', '24x32', '--batch', '2']
    assert call('x.png', 'y.png', '--outputs', 'arrays', *options)[0] == 0
    expected = Predictor(run, Settings((40, 64), (24, 32), True, (0.75, 1.0)), 'cpu')
    for name, image in (('x', photo), ('y', photo[::-1])):
        found = np.load(tmp_path / f'predictions/arrays/depth/{name}.npy')
        np.testing.assert_allclose(found, expected(np.ascontiguousarray(image))['depth'], rtol=1e-4)


def test_no_file_of_the_user_is_overwritten(call, colors, tmp_path):
    folder, out = tmp_path / 'photos', tmp_path / 'out'
    for place, names in ((folder, ('x.png', 'x.jpg', 'y.png', 'z.png')), (out / 'panels', ('y.png',))):
        place.mkdir(parents=True)
        for name in names:
            Image.fromarray(colors).save(place / name)
    (out / 'panels/z.png').symlink_to(folder / 'z.png')
    (out / 'panels/x.png.png').symlink_to(folder / 'nowhere')
    (out / 'maps/depth').mkdir(parents=True)
    (out / 'maps/depth/y.png.png').write_text('mine')
    before = {path: path.read_bytes() for path in tmp_path.rglob('*.*') if path.is_file()}
    for where in (folder, folder / '..' / 'photos', tmp_path / 'photos' / '.'):
        with pytest.raises(ConfigError, match='would be overwritten'):
            call(folder, '--out', where)
    given = (folder, '--out', out, '--outputs', 'panels', 'maps')
    assert call(*given)[0] == 0
    assert {path: path.read_bytes() for path in before} == before
    made = sorted(path.name for path in (out / 'panels').iterdir() if path not in before)
    assert made == ['x.jpg.png', 'x.png.png', 'x.png_2.png', 'y.png_2.png', 'z.png.png']
    assert (out / 'panels/x.png.png').readlink() == folder / 'nowhere'
    state = {path: path.read_bytes() for path in out.rglob('*') if path.is_file()}
    assert call(*given)[0] == 0
    assert {path: path.read_bytes() for path in out.rglob('*') if path.is_file()} == state  # its own, written again


def test_an_output_that_was_changed_by_hand_belongs_to_the_user(call, colors, tmp_path):
    Image.fromarray(colors).save(tmp_path / 'x.png')
    assert call('x.png', '--out', 'out')[0] == 0
    panel = tmp_path / 'out/panels/x.png'
    panel.write_bytes(b'notes of mine')
    assert call('x.png', '--out', 'out')[0] == 0
    assert panel.read_bytes() == b'notes of mine'
    assert files_in(tmp_path / 'out') == ['panels/x.png', 'panels/x.png.png']


def test_other_options_replace_the_outputs_of_the_same_image(call, photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / 'x.png')
    assert call('x.png', '--outputs', 'arrays')[0] == 0
    before = np.load(tmp_path / 'predictions/arrays/depth/x.npy')
    assert call('x.png', '--outputs', 'arrays', '--flip')[0] == 0
    assert files_in(tmp_path / 'predictions/arrays/depth') == ['x.npy']
    assert not np.array_equal(np.load(tmp_path / 'predictions/arrays/depth/x.npy'), before)


def test_one_name_in_two_folders_gives_two_panels(call, colors, tmp_path):
    for place in ('a', 'b', 'c'):
        (tmp_path / place).mkdir()
        Image.fromarray(colors).save(tmp_path / place / 'x.png')
    assert call('a/x.png', 'b', '--out', 'out')[0] == 0
    assert files_in(tmp_path / 'out/panels') == ['x.png.png', 'x.png_2.png']
    assert call('c', '--out', 'out')[0] == 0
    assert files_in(tmp_path / 'out/panels') == ['x.png', 'x.png.png', 'x.png_2.png']


def test_an_interrupted_ledger_is_continued(call, colors, tmp_path):
    for name in ('x.png', 'y.png'):
        Image.fromarray(colors).save(tmp_path / name)
    assert call('x.png', '--out', 'out')[0] == 0
    ledger = tmp_path / 'out' / LEDGER
    ledger.write_text(ledger.read_text() + '{"file": "panels/y.p')
    assert call('x.png', 'y.png', '--out', 'out')[0] == 0
    assert [json.loads(line)['file'] for line in ledger.read_text().splitlines()] == ['panels/x.png', 'panels/y.png']
    assert files_in(tmp_path / 'out') == ['panels/x.png', 'panels/y.png']


@pytest.mark.parametrize('content', ['my notes', '[1]\n{}', '{"file": 1}\n', '{"file": "x"}\nnotes'])
def test_another_file_of_that_name_is_left_alone(call, colors, tmp_path, content):
    Image.fromarray(colors).save(tmp_path / 'x.png')
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / LEDGER).write_text(content)
    with pytest.raises(DataError, match='is not a record of predictions'):
        call('x.png', '--out', 'out')
    assert (tmp_path / 'out' / LEDGER).read_text() == content


def test_maps_of_another_network_do_not_mix(call, colors, tmp_path):
    from tiny_predictor import write_run

    Image.fromarray(colors).save(tmp_path / 'x.png')
    assert call('x.png', '--outputs', 'maps')[0] == 0
    other = write_run(tmp_path / 'other', ['depth'])
    with pytest.raises(DataError, match=r'maps\.json describes files of another network'):
        call('x.png', '--outputs', 'maps', run=other)


def test_a_name_that_is_no_text_is_no_obstacle(call, colors, tmp_path):
    image = tmp_path / os.fsdecode(b'\xff\xe4.png')
    Image.fromarray(colors).save(image)
    for _ in range(2):
        assert call(image, '--out', 'out')[0] == 0
    assert [path.name for path in (tmp_path / 'out/panels').iterdir()] == [image.name]


@pytest.mark.parametrize('out', ['file', 'file/below', 'n' * 300])
def test_an_impossible_folder_is_told_before_anything_is_read(call, tmp_path, colors, out):
    (tmp_path / 'file').touch()
    Image.fromarray(colors).save(tmp_path / 'x.png')
    with pytest.raises(DataError, match='cannot write to this folder'):
        call(tmp_path / 'x.png', '--out', out, run='no/such/run')


def test_a_file_in_the_place_of_a_folder_is_told(call, tmp_path, colors):
    Image.fromarray(colors).save(tmp_path / 'x.png')
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out/maps').touch()
    with pytest.raises(DataError, match='cannot write to this folder'):
        call('x.png', '--out', 'out', '--outputs', 'maps')
