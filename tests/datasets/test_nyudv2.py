import layout_nyudv2
import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, room_depth, save
from PIL import Image

from mtlbench.class_sets import class_set
from mtlbench.class_sets.nyu40 import LABEL_SETS, NYU40, interleaved_color
from mtlbench.datasets import NYUDv2Dataset
from mtlbench.datasets.nyudv2 import INTRINSICS
from mtlbench.errors import ConfigError, DataError
from mtlbench.structures import FieldKind

TASKS = ['semseg', 'depth', 'normals', 'edges']


@pytest.fixture
def build(tmp_path):
    layout_nyudv2.write(tmp_path)

    def make(**changes):
        options = {'split': 'train', 'tasks': TASKS, 'pipeline': [], 'class_set': 'nyudv2_40'}
        return NYUDv2Dataset(**{'data_root': str(tmp_path), **options, **changes})

    return make


def test_splits_are_the_lists(build):
    assert build().frames == ['images/0003.jpg', 'images/0004.png', 'images/0007.png']
    assert build(split='val').frames == ['images/0001.jpg', 'images/0002.png', 'images/0005.png']
    expected = {'0001': 'val', '0007': 'train', '0099': None}
    assert {stem: build().official_split(f'images/{stem}.png') for stem in expected} == expected
    assert dict(NYUDv2Dataset.official_counts) == {'train': 795, 'val': 654}


@pytest.mark.parametrize('index', [0, 1], ids=['arrays', 'images'])
def test_labels_of_both_packages(build, index):
    """8 bits of a component of a normal are 1/255 apart, which turns it by less than half a degree."""
    results = build().read(index)
    flat = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 41
    np.testing.assert_array_equal(results['gt_semseg'], np.where(flat == 0, 255, flat - 1))
    depth = room_depth().astype(np.float32)
    depth[0, :3] = 0
    np.testing.assert_array_equal(results['gt_depth'], depth)
    np.testing.assert_allclose(results['gt_normals'], layout_nyudv2.directions(), atol=0.008)
    lengths = np.linalg.norm(results['gt_normals'], axis=-1)
    assert lengths[1, 2] == 0 and (lengths == 0).sum() == 1
    np.testing.assert_allclose(lengths[lengths > 0], 1, atol=1e-6)
    np.testing.assert_array_equal(results['gt_edges'], layout_nyudv2.edges())
    kinds = [FieldKind.IDS, FieldKind.DEPTH, FieldKind.DIRECTION, FieldKind.BOUNDARY]
    assert [results['kinds'][f'gt_{task}'] for task in TASKS] == kinds
    assert [results[f'gt_{task}'].dtype for task in TASKS] == [np.uint8, np.float32, np.float32, np.float32]


def test_files_of_the_classes_may_have_a_palette(build):
    dataset = build(tasks=['semseg'])
    before = dataset.read(1)['gt_semseg']
    path = dataset.root / 'segmentation/0004.png'
    image = Image.open(path).convert('L')
    image.putpalette([value for number in range(256) for value in interleaved_color(number)])
    image.save(path)
    assert Image.open(path).mode == 'P'
    np.testing.assert_array_equal(dataset.read(1)['gt_semseg'], before)


def test_intrinsics_are_those_of_the_whole_image(build):
    results = build().read(0)
    np.testing.assert_allclose(results['native_intrinsics'], INTRINSICS)
    np.testing.assert_allclose(np.diag(results['intrinsics'])[:2], (518.8579 * WIDTH / 640, 519.46961 * HEIGHT / 480))


@pytest.mark.parametrize('sign', [1, -1], ids=['towards', 'away'])
@pytest.mark.parametrize('channels', ['xyz', 'zyx'])
def test_normals_in_any_order_and_with_either_sign_of_z(build, channels, sign):
    dataset = build(tasks=['normals'], normals_channels=channels)
    stored = layout_nyudv2.directions() * np.array((1, 1, sign), np.float32)
    np.save(dataset.root / 'normals/0003.npy', stored if channels == 'xyz' else stored[..., ::-1])
    np.testing.assert_allclose(dataset.read(0)['gt_normals'], layout_nyudv2.directions(), atol=1e-6)


@pytest.mark.parametrize('color', [(0, 0, 0), (128, 128, 128), (127, 127, 127)])
def test_colors_of_no_normal_are_invalid(build, color):
    dataset = build(tasks=['normals'])
    save(dataset.root / 'normals/0004.png', np.full((HEIGHT, WIDTH, 3), color, np.uint8))
    assert not dataset.read(1)['gt_normals'].any()


@pytest.mark.parametrize(
    ('spoil', 'words'),
    [
        (lambda root: (root / 'gt_sets/train.txt').unlink(), r'gt_sets/train\.txt is missing'),
        (
            lambda root: (root / 'images/0003.jpg').unlink(),
            r'train\.txt lists 0003, but .*images/0003\.jpg \(or \.png\)',
        ),
        (lambda root: (root / 'depth/0003.npy').unlink(), r'depth/0003\.npy is missing'),
        (lambda root: (root / 'edge/0003.npy').unlink(), r'edge/0003\.npy is missing'),
        (
            lambda root: np.save(root / 'normals/0003.npy', np.zeros((4, 4))),
            r'normals/0003\.npy holds an array of shape',
        ),
        (lambda root: save(root / 'segmentation/0003.png', np.full((4, 4), 41, np.uint8)), 'holds the label id 41'),
    ],
)
def test_damage_is_named(build, spoil, words, tmp_path):
    build()
    spoil(tmp_path)
    with pytest.raises(DataError, match=words):
        build().read(0)


def test_wrong_options_are_named(build):
    with pytest.raises(ConfigError, match="normals_channels is 'yxz', expected one of xyz, zyx"):
        build(normals_channels='yxz')


def test_thirteen_classes(build):
    ids = build(class_set='nyudv2_13', tasks=['semseg']).read(0)['gt_semseg']
    names = dict(zip(NYU40, ids.ravel()[1:41], strict=True))
    groups = class_set('nyudv2_13').classes
    chosen = {
        'television': 'tv',
        'night stand': 'furniture',
        'blinds': 'window',
        'bag': 'objects',
        'floor mat': 'floor',
    }
    assert {name: groups[names[name]] for name in chosen} == chosen
    assert ids.ravel()[0] == 255


def test_thirteen_classes_are_the_published_ones(samples):
    mapping = pytest.importorskip('scipy.io').loadmat(samples / 'nyudv2/meta/class13Mapping.mat')
    of_label, names = mapping['classMapping13'][0, 0]
    groups = LABEL_SETS['nyudv2_13']
    assert list(groups) == [str(name[0]) for name in names.ravel()]
    assert [list(groups).index(name) + 1 for name in sorted_by_label(groups)] == of_label.ravel().tolist()


def sorted_by_label(groups):
    return [next(name for name, labels in groups.items() if label in labels) for label in range(1, 41)]


def test_colors_of_the_usual_palette():
    colors = {1: (128, 0, 0), 2: (0, 128, 0), 4: (0, 0, 128), 7: (128, 128, 128), 8: (64, 0, 0), 40: (64, 64, 128)}
    expected = {label - 1: color for label, color in colors.items() if label < 40}
    palette = class_set('nyudv2_40').palette
    assert {index: palette[index] for index in expected} == expected
    assert len(set(palette)) == 40 and (0, 0, 0) not in palette


@pytest.fixture
def genuine(samples, tmp_path):
    """A frame of an export from the original archives, of which image and classes were made larger."""
    source = samples / 'nyudv2/mtl_single'
    for kind, name in (('images', 'image'), ('segmentation', 'segmentation'), ('normals', 'normal')):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / '0001.png').write_bytes((source / f'{name}.png').read_bytes())
    (tmp_path / 'gt_sets').mkdir()
    (tmp_path / 'gt_sets/train.txt').write_text('0001\n')
    options = {'split': 'train', 'tasks': ['semseg', 'normals'], 'class_set': 'nyudv2_40'}
    resize = [{'type': 'Resize', 'size': (480, 640)}]
    return lambda **changes: NYUDv2Dataset(str(tmp_path), **{**options, 'pipeline': resize, **changes})


def test_genuine_normals(genuine):
    """An export 'zyx': the wall faces the camera, the table top upwards, the open door at the left to the right."""
    results = genuine(normals_channels='zyx')[0]
    normals, classes = results['gt_normals'], results['gt_semseg']
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-5)
    assert normals[..., 2].min() >= 0
    assert normals[50:300, 220:420, 2].mean() > 0.85
    assert normals[classes == NYU40.index('table'), 1].mean() < -0.75
    assert normals[60:300, 60:140, 0].mean() > 0.7
    as_package = genuine()[0]['gt_normals']
    assert as_package[50:300, 220:420, 2].mean() < 0.5


def test_genuine_classes(genuine):
    """The image shows wall, table, door and chair, and no bed or toilet."""
    seen = {NYU40[index] for index in np.unique(genuine(pipeline=[]).read(0)['gt_semseg']) if index != 255}
    assert {'wall', 'table', 'door', 'chair'} <= seen
    assert not seen & {'bed', 'toilet', 'sofa'}


def test_genuine_depth(samples, tmp_path):
    """A living room: 1.7 to 10 m, a third of the pixels without a measurement."""
    (depths,) = (samples / 'nyudv2').glob('*/depth_mm')
    millimeters = np.array(Image.open(depths / '1339.png'))
    for folder in ('images', 'depth', 'gt_sets'):
        (tmp_path / folder).mkdir()
    (tmp_path / 'images/1339.png').write_bytes((depths.with_name('image') / '1339.png').read_bytes())
    np.save(tmp_path / 'depth/1339.npy', (millimeters / 1000).astype(np.float32))
    (tmp_path / 'gt_sets/val.txt').write_text('1339\n')
    results = NYUDv2Dataset(str(tmp_path), 'val', ['depth'], [], 'nyudv2_40').read(0)
    depth = results['gt_depth']
    assert depth.shape == results['image'].shape[:2] == (480, 640)
    assert (depth > 0).mean() == pytest.approx(0.68, abs=0.01)
    assert np.median(depth[depth > 0]) == pytest.approx(3.5, abs=0.1) and depth.max() == 10
    np.testing.assert_allclose(results['intrinsics'], INTRINSICS)
