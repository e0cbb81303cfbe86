"""Labels in files of any kind become ids, meters and vectors."""

import cv2
import numpy as np
import pytest
from PIL import Image

from mtlbench.datasets.folder.codecs import (
    ColorLabels,
    DepthLabels,
    DisparityLabels,
    EdgeLabels,
    HeightLabels,
    IdLabels,
    InverseDepthLabels,
    NormalLabels,
    ValueLabels,
)
from mtlbench.errors import ConfigError, DataError
from mtlbench.structures import ClassSet

FOCAL = 50.0
STORED = np.array([[0, 1, 2, 300], [65535, 10, 20, 40], [7, 7, 7, 7], [1, 1, 1, 1]], np.uint16)


def camera(shape):
    """A focal length of 50 pixels for images of 4 pixels, in proportion for others."""
    return np.diag([FOCAL * shape[1] / 4, FOCAL, 1])


def write(path, values):
    if path.suffix == '.npy':
        np.save(path, values)
    elif values.ndim == 3 and values.dtype == np.uint16:
        cv2.imwrite(str(path), values[..., ::-1])
    else:
        Image.fromarray(values).save(path)
    return path


@pytest.fixture
def stored(tmp_path):
    return write(tmp_path / 'label.png', STORED)


def test_ids_of_16_bits_become_positions_of_the_names(stored):
    codec = IdLabels('x', {7: 'car', 300: 'sky', 1: 'road', 2: 'road'})
    expected = [[255, 2, 2, 1], [255, 255, 255, 255], [0, 0, 0, 0], [2, 2, 2, 2]]
    assert codec.read(stored, camera).tolist() == expected
    assert codec.class_set.classes == ('car', 'sky', 'road')
    assert list(codec.task_settings['class_set']) == ['car', 'sky', 'road']


def test_ids_survive_json_whose_keys_are_text(stored):
    one, other = IdLabels('x', {'7': 'car', '300': 'sky'}), IdLabels('x', {7: 'car', 300: 'sky'})
    assert np.array_equal(one.read(stored, camera), other.read(stored, camera))


@pytest.mark.parametrize('mode', ['L', 'P', '1'])
def test_ids_are_read_from_gray_palette_and_binary_files(tmp_path, mode):
    values = np.eye(4, dtype=np.uint8)
    image = Image.fromarray(values * 255).convert('1') if mode == '1' else Image.fromarray(values)
    if mode == 'P':
        image.putpalette([9, 9, 9, 200, 0, 0])
    image.save(tmp_path / 'a.png')
    assert np.array_equal(IdLabels('x', ['no', 'yes']).read(tmp_path / 'a.png', camera), values)


def test_an_unknown_id_beside_a_list_of_names_is_told_with_its_file(tmp_path):
    path = write(tmp_path / 'a.png', np.array([[0, 1, 2, 255]] * 4, np.uint8))
    with pytest.raises(DataError, match=r'a\.png holds the id 2; expected 0 \.\. 1 of the 2 classes, or 255'):
        IdLabels('x', ['a', 'b']).read(path, camera)
    assert IdLabels('x', ['a', 'b'], ignored=[2, 255]).read(path, camera)[0].tolist() == [0, 1, 255, 255]


def test_classes_take_the_ids_of_a_registered_set():
    codec = IdLabels('x', {7: 'car', 0: 'road'})
    codec.use(ClassSet('other', ('road', 'tree', 'car'), ((0, 0, 0),) * 3))
    assert codec.table[[7, 0, 1]].tolist() == [2, 0, 255]
    with pytest.raises(ConfigError, match="the class 'car' is not in the class set 'few'"):
        IdLabels('x', {7: 'car'}).use(ClassSet('few', ('road',), ((0, 0, 0),)))


@pytest.mark.parametrize('mode', ['RGB', 'P'])
def test_colors_become_positions_of_the_names(tmp_path, mode):
    colors = np.array([[[128, 64, 128], [0, 0, 142]], [[1, 2, 3], [0, 0, 70]]], np.uint8).repeat(2, 0).repeat(2, 1)
    image = Image.fromarray(colors)
    (image.quantize(4, dither=Image.Dither.NONE) if mode == 'P' else image).save(tmp_path / 'a.png')
    codec = ColorLabels('x', {'car': [(0, 0, 142), (0, 0, 70)], 'road': (128, 64, 128)})
    expected = np.array([[1, 0], [255, 0]]).repeat(2, 0).repeat(2, 1)
    assert np.array_equal(codec.read(tmp_path / 'a.png', camera), expected)
    assert codec.class_set.palette == ((0, 0, 142), (128, 64, 128))
    (doubt,) = codec.doubts(tmp_path / 'a.png')
    assert doubt.message.startswith('25.0% of the pixels have the color of no class, such as (1, 2, 3)')
    assert doubt.message.endswith('; add it to colors or ignored')
    for ignored in ([(0, 0, 0), (1, 2, 3)], (1, 2, 3)):
        codec = ColorLabels('x', codec.colors, ignored)
        assert list(codec.doubts(tmp_path / 'a.png')) == []
        assert np.array_equal(codec.read(tmp_path / 'a.png', camera), expected)
    assert len(list(ColorLabels('x', codec.colors, ignored=()).doubts(tmp_path / 'a.png'))) == 1


def test_depth_has_a_scale_and_an_invalid_number(stored):
    depth = DepthLabels('x', scale=0.001, invalid=65535).read(stored, camera)
    assert depth.dtype == np.float32
    np.testing.assert_allclose(depth[:2], [[0, 0.001, 0.002, 0.3], [0, 0.01, 0.02, 0.04]], rtol=1e-6)


def test_depth_in_meters_needs_no_scale(tmp_path):
    values = np.array([[1.5, np.nan, np.inf, -1]] * 4, np.float32)
    for name in ('a.npy', 'a.tif'):
        depth = DepthLabels('x').read(write(tmp_path / name, values), camera)
        assert depth[0].tolist() == [1.5, 0, 0, 0], name


def test_depth_in_exr(tmp_path):
    exr = pytest.importorskip('OpenEXR')
    values = np.full((4, 6), 2.5, np.float32)
    header = {'compression': exr.ZIP_COMPRESSION, 'type': exr.scanlineimage}
    exr.File(header, {'Z': values}).write(str(tmp_path / 'one.exr'))
    exr.File(header, {'Z': values, 'A': values}).write(str(tmp_path / 'two.exr'))
    assert np.array_equal(DepthLabels('x').read(tmp_path / 'one.exr', camera), values)
    assert np.array_equal(DepthLabels('x', channel='A').read(tmp_path / 'two.exr', camera), values)
    with pytest.raises(DataError, match=r"two\.exr has the channels A, Z; name the one to read, as in channel='R'"):
        DepthLabels('x').read(tmp_path / 'two.exr', camera)


@pytest.mark.parametrize('name', ['a.png', 'a.npy'])
def test_whole_numbers_need_a_scale(tmp_path, name):
    with pytest.raises(DataError, match=rf'{name} holds whole numbers; set the scale of DepthLabels'):
        DepthLabels('x').read(write(tmp_path / name, STORED), camera)


def test_disparity_is_divided_by_the_focal_length_at_its_own_size(tmp_path):
    disparity = np.array([[0, 256, 512, 65535]] * 4, np.uint16)
    codec = DisparityLabels('x', baseline=0.5, scale=1 / 256, invalid=65535)
    small = codec.read(write(tmp_path / 'a.png', disparity), camera)
    assert small[0].tolist() == [0, 25, 12.5, 0]
    large = codec.read(write(tmp_path / 'b.png', disparity.repeat(2, 1)), camera)
    assert large[0].tolist() == [0, 0, 50, 50, 25, 25, 0, 0]


def test_inverse_depth_is_inverted(stored):
    depth = InverseDepthLabels('x', scale=0.01, invalid=65535).read(stored, camera)
    np.testing.assert_allclose(depth[:2], [[0, 100, 50, 1 / 3], [0, 10, 5, 2.5]], rtol=1e-6)


def test_height_is_negative_where_unknown(stored):
    height = HeightLabels('x', scale=0.1, invalid=65535).read(stored, camera)
    np.testing.assert_allclose(height[:2], [[0, 0.1, 0.2, 30], [-1, 1, 2, 4]], rtol=1e-6)


def test_edges(tmp_path):
    path = write(tmp_path / 'a.png', np.array([[0, 255, 0, 255]] * 4, np.uint8))
    assert EdgeLabels('x').read(path, camera)[0].tolist() == [0, 1, 0, 1]
    path = write(tmp_path / 'a.npy', np.array([[0, 1, 255, 1]] * 4, np.uint8))
    assert EdgeLabels('x').read(path, camera)[0].tolist() == [0, 1, 255, 1]


@pytest.mark.parametrize(
    ('axes', 'stored'),
    [
        (('right', 'down', 'towards'), (0.6, 0, 0.8)),
        (('right', 'up', 'towards'), (0.6, 0, 0.8)),
        (('left', 'down', 'away'), (-0.6, 0, -0.8)),
        (('towards', 'down', 'right'), (0.8, 0, 0.6)),
        (('away', 'left', 'up'), (-0.8, -0.6, 0)),
    ],
)
@pytest.mark.parametrize('kind', ['npy', 'uint8', 'uint16'])
def test_axes_of_normals(tmp_path, axes, stored, kind):
    vectors = np.tile(np.float32(stored), (4, 5, 1))
    vectors[0] = 0
    path = tmp_path / ('a.npy' if kind == 'npy' else 'a.png')
    if kind != 'npy':
        top = np.iinfo(kind).max
        vectors = np.round((vectors + 1) / 2 * top).astype(kind)
    normals = NormalLabels('x', axes).read(write(path, vectors), camera)
    tolerance = {'npy': 1e-6, 'uint8': 0.01, 'uint16': 1e-4}[kind]  # of the rounding
    np.testing.assert_allclose(normals[1:], np.tile((0.6, 0, 0.8), (3, 5, 1)), atol=tolerance)
    assert not normals[0].any()
    np.testing.assert_allclose(np.linalg.norm(normals[1:], axis=-1), 1, rtol=1e-6)


def test_normals_that_face_away_are_doubted(tmp_path):
    path = write(tmp_path / 'a.npy', np.tile(np.float32((0, 0.6, -0.8)), (6, 5, 1)))
    away, down = NormalLabels('x').doubts(path)
    assert 'face away from the camera' in away.message
    assert 'the ground faces down' in down.message and down.shared
    assert [*NormalLabels('x', ('right', 'up', 'away')).doubts(path)] == []


def test_values_have_any_number_of_channels(tmp_path, stored):
    values = ValueLabels('x', scale=0.5, invalid=65535).read(stored, camera)
    np.testing.assert_array_equal(values[:2], [[0, 0.5, 1, 150], [np.nan, 5, 10, 20]])
    colors = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    assert np.array_equal(ValueLabels('x', scale=1).read(write(tmp_path / 'c.png', colors), camera), colors)
    array = np.full((4, 5, 2), 0.25, np.float32)
    assert np.array_equal(ValueLabels('x').read(write(tmp_path / 'c.npy', array), camera), array)


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: IdLabels('x', []), r'IdLabels: expected 1 \.\. 254 classes, got 0'),
        (lambda: IdLabels('x', {-1: 'a'}), r'ids: -1 is not an id; expected 0 \.\. 65535'),
        (lambda: IdLabels('x', {'a': 1}), r"ids are \{'a': 1\}, expected names by id"),
        (lambda: IdLabels('x', {1: 2}), r'ids: 2 is not a name'),
        (lambda: IdLabels('x', ['a'], colors={'b': (1, 2, 3)}), r"colors: there is no class 'b'"),
        (
            lambda: IdLabels('x', ['a'], colors={'a': (1, 2)}),
            r"the color of 'a' is \(1, 2\), expected three of 0 \.\. 255",
        ),
        (lambda: ColorLabels('x', {'a': (1, 2, 300)}), r"the color of 'a' is \(1, 2, 300\)"),
        (
            lambda: ColorLabels('x', {'a': (1, 2, 3), 'b': [(4, 5, 6), (1, 2, 3)]}),
            r"'b' and 'a' have the same color \(1, 2, 3\)",
        ),
        (lambda: DepthLabels('x', scale=0), r'DepthLabels: scale is 0, expected a number above 0'),
        (lambda: DisparityLabels('x', baseline=-1), r'DisparityLabels: baseline is -1, expected meters above 0'),
        (lambda: NormalLabels('x', ('right', 'down')), r'NormalLabels: axes are'),
        (lambda: NormalLabels('x', ('right', 'left', 'up')), r'NormalLabels: axes are'),
        (lambda: NormalLabels('x', 'xyz'), r'NormalLabels: axes are'),
    ],
)
def test_wrong_settings_are_told(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


@pytest.mark.parametrize(
    ('codec', 'values', 'message'),
    [
        (IdLabels('x', ['a']), np.zeros((4, 4, 3), np.uint8), r"has Pillow mode 'RGB', expected single-channel ids"),
        (ColorLabels('x', {'a': (0, 0, 0)}), np.zeros((4, 4), np.uint8), r"has Pillow mode 'L', expected 8-bit RGB"),
        (DepthLabels('x'), np.zeros((4, 4, 3), np.uint8), r"has Pillow mode 'RGB', expected single-channel"),
        (NormalLabels('x'), np.zeros((4, 4), np.uint8), r'has uint8 values of shape \(4, 4\), expected three channels'),
        (ValueLabels('x'), np.zeros((4, 4, 4), np.uint8), r'has 4 channels, expected 1 or 3'),
    ],
)
def test_files_of_another_kind_are_told(tmp_path, codec, values, message):
    with pytest.raises(DataError, match=rf'label\.png {message}'):
        codec.read(write(tmp_path / 'label.png', values), camera)
