"""The rendered Potsdam and Vaihingen, compared with the truth: files, heights, classes, and what the patches keep."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

pytest.importorskip('embreex')

from mtlbench.class_sets.isprs import CLASSES
from mtlbench.datasets import PotsdamDataset, VaihingenDataset
from mtlbench.errors import ConfigError
from mtlbench.world.render import Light, OrthographicCamera, Renderer
from mtlbench.world.render.geometry import Geometry
from mtlbench.world.scene import Material, Scene
from mtlbench.world.scene.aerial import Ground, draw_ground
from mtlbench.world.scene.model import placement
from mtlbench.world.scene.shapes import box
from mtlbench.world.writers import render_shot, render_world
from mtlbench.world.writers.aerial import surface_and_ground
from mtlbench.world.writers.potsdam import PotsdamWriter
from mtlbench.world.writers.vaihingen import VaihingenWriter

REQUESTS = {
    'potsdam': (PotsdamWriter(frames=2, size=(270, 180), seed=1), PotsdamDataset),
    'vaihingen': (VaihingenWriter(frames=2, size=(192, 160), seed=1), VaihingenDataset),
}
FILES = {
    'potsdam': {
        '3_Ortho_IRRG/top_potsdam_2_10_IRRG.tif', '5_Labels_all/top_potsdam_2_10_label.tif',
        '1_DSM/dsm_potsdam_02_10.tif', '1_DSM_normalization/dsm_potsdam_02_10_normalized_lastools.jpg',
    },
    'vaihingen': {
        'top/top_mosaic_09cm_area1.tif', 'gts_for_participants/top_mosaic_09cm_area1.tif',
        'dsm/dsm_09cm_matching_area1.tif', 'nDSM/dsm_09cm_matching_area1_normalized.jpg',
    },
}  # fmt: skip


@pytest.fixture(scope='module', params=REQUESTS)
def world(request, tmp_path_factory):
    """A rendered folder, what was asked for, and its reader."""
    root = tmp_path_factory.mktemp('aerial') / request.param
    writer, reader = REQUESTS[request.param]
    assert render_world(writer, root)
    return root, writer, reader


def read(path):
    return np.asarray(Image.open(path))


def truths(writer):
    """Every shot with its rendering, and the heights of surface and ground."""
    for shot in writer.shots():
        rendering = render_shot(writer, shot)
        yield shot, rendering, *surface_and_ground(rendering, writer.ground(shot.scene))


def ids_of(rendering):
    order = {name: index for index, name in enumerate(CLASSES)}
    return np.array([order.get(name, 255) for name in rendering.categories])[rendering.category]


def test_files_are_those_of_the_original(world):
    root, writer, _ = world
    found = {str(path.relative_to(root)) for path in root.rglob('*.*')}
    assert FILES[writer.name] <= found
    others = {path for path in found if not path.startswith('patches_512/')} - {'RENDERED.json'}
    assert len(others) == 4 * writer.frames


def test_images_classes_and_heights_of_the_tiles(world):
    root, writer, _ = world
    palette = np.array([*CLASSES.values()], np.uint8)
    for shot, rendering, surface, ground in truths(writer):
        image, label, height, dsm = writer.paths(root, shot)
        np.testing.assert_array_equal(read(image), rendering.rgb)
        np.testing.assert_array_equal(read(label), palette[ids_of(rendering)])
        stored = read(dsm)
        assert stored.dtype == np.float32
        # A float32 of some 300 m has steps of 3e-5 m.
        np.testing.assert_allclose(stored, surface, atol=4e-5)
        error = read(height) - np.clip(np.rint((surface - ground) * 10), 0, 255)
        assert np.abs(error).mean() < 1
        assert blocks(error**2).max() ** 0.5 <= jpeg_bound(height)


def blocks(values):
    """Means over squares of 8 pixels, those that are whole."""
    rows, columns = (length // 8 * 8 for length in values.shape)
    return values[:rows, :columns].reshape(rows // 8, 8, columns // 8, 8).mean((1, 3))


def jpeg_bound(path):
    """The largest error (root mean square of a block) that a jpg file of its quality can have.

    Each of the 64 coefficients of an orthonormal transform is off by half its step at most; the root mean square is
    the same in both domains. Half a gray value more for the rounding of pixels, one for integer transforms.
    """
    steps = np.array(Image.open(path).quantization[0], float)
    return np.sqrt(((steps / 2) ** 2).mean()) + 1.5


def test_heights_are_above_the_ground(world):
    """The ground slopes, and the heights know nothing of it: streets and lawns are at zero, houses as tall as built."""
    _, writer, _ = world
    tall = []
    for shot, rendering, surface, ground in truths(writer):
        height, ids = surface - ground, ids_of(rendering)
        names = list(CLASSES)
        # The ray caster's depth is float32, 150 m: steps of 1.5e-5 m.
        assert height.min() > -1e-4
        assert height[ids == names.index('impervious surface')].max(initial=0) < 0.15
        assert height[ids == names.index('low vegetation')].max(initial=0) < 2
        assert height[ids == names.index('car')].max(initial=0) < 2.6
        assert height.max() < 25.5
        tall += [height[ids == names.index('building')], height[ids == names.index('tree')]]
        assert ground.max() - ground.min() > 0.01
        assert np.ptp(np.diff(ground, axis=1)) < 1e-9  # a plane
        assert 4 < abs(ground).mean() - abs(writer.ground(shot.scene).level) + 5 < 6
    assert np.concatenate(tall).max() > 5


def test_patches_of_vaihingen_are_the_truth(tmp_path):
    writer, reader = REQUESTS['vaihingen']
    render_world(writer, tmp_path)
    for split, truth in zip(('val', 'train'), truths(writer), strict=True):
        shot, rendering, surface, ground = truth
        dataset = reader(str(tmp_path), split, ['semseg', 'height'], [], 'isprs_6')
        assert dataset.rendered
        assert [dataset.official_split(frame) for frame in dataset.frames] == [split]
        results = dataset.read(0)
        np.testing.assert_array_equal(results['image'], rendering.rgb)
        np.testing.assert_array_equal(results['gt_semseg'], ids_of(rendering))
        error = results['gt_height'] - (surface - ground)
        allowed = 0.1 * (jpeg_bound(writer.paths(tmp_path, shot)[2]) + 0.5)
        assert blocks(error**2).max() ** 0.5 <= allowed


def test_patches_of_potsdam_are_the_truth_at_9_cm(tmp_path):
    """Rendered at 9 cm, the town has the same classes and heights, but for what is thinner than a pixel."""
    writer, reader = REQUESTS['potsdam']
    render_world(writer, tmp_path)
    dataset = reader(str(tmp_path), 'train', ['semseg', 'height'], [], 'isprs_6')
    results = dataset.read(0)
    assert results['gt_semseg'].shape == (100, 150)
    shot = writer.shots()[0]
    fine = writer.camera(None, shot)
    camera = replace(fine, intrinsics=np.array([[1 / 0.09, 0, 74.5], [0, 1 / 0.09, 49.5], [0, 0, 1]]), size=(150, 100))
    rendering = Renderer(writer.build_scene(shot.scene)).render(camera, 0, Light(), np.random.default_rng(0))
    surface, ground = surface_and_ground(rendering, writer.ground(shot.scene))
    inner = away_from_edges(surface, 0.3)
    assert inner.mean() > 0.5
    assert (results['gt_semseg'] == ids_of(rendering))[inner].mean() > 0.98
    # Steps of 0.1 m, and the loss of the jpg, whose typical error is far below its bound.
    assert np.abs(results['gt_height'] - (surface - ground))[inner].mean() < 0.1


def away_from_edges(surface, step):
    """Pixels whose neighbors, two pixels around, are as high."""
    padded = np.pad(surface, 2, mode='edge')
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5))
    return np.ptp(windows, axis=(2, 3)) < step


def test_orthographic_camera_sees_a_box_as_its_plan():
    """A box of 4 x 2 m and 3 m height on the ground, its sides edge-on: only its lid and the ground are seen."""
    stone = Material('plain', ((0.5, 0.5, 0.5),))
    scene = Scene('box', lambda frame: placement(np.zeros(3), 0.0))
    scene.add('ground', box((100, 100, 1), (0, 0, -0.5), stone))
    scene.add('box', box((4, 2, 3), (5, 2, 1.5), stone))
    pose = np.diag((1.0, -1.0, -1.0, 1.0))
    pose[2, 3] = 50
    intrinsics = np.array([[4.0, 0, 40.125], [0, 4.0, 30.125], [0, 0, 1]])
    rendering = Renderer(scene).render(
        OrthographicCamera(intrinsics, pose, (80, 60)), 0, Light(), np.random.default_rng(0)
    )
    expected = np.full((60, 80), 50.0)
    columns, rows = (np.arange(80) - 40.125) / 4, -(np.arange(60) - 30.125) / 4  # rows go south
    inside = ((columns > 3) & (columns < 7))[None] & ((rows > 1) & (rows < 3))[:, None]
    expected[inside] = 47
    np.testing.assert_allclose(rendering.depth, expected, atol=1e-4)
    assert (np.array(rendering.categories)[rendering.category] == np.where(inside, 'box', 'ground')).all()
    np.testing.assert_allclose(rendering.normals, np.broadcast_to((0, 0, 1), (60, 80, 3)), atol=1e-6)


def test_rays_along_a_wall_end_at_its_top():
    """A ray in the plane of a wall has no proper distance to it; it must not be garbage."""
    stone = Material('plain', ((0.5, 0.5, 0.5),))
    scene = Scene('box', lambda frame: placement(np.zeros(3), 0.0))
    scene.add('ground', box((64, 64, 1), (0, 0, -0.5), stone))
    scene.add('box', box((8, 8, 4), (0, 0, 2), stone))
    pose = np.diag((1.0, -1.0, -1.0, 1.0))
    pose[2, 3] = 32
    camera = OrthographicCamera(np.array([[2.0, 0, 32], [0, 2.0, 32], [0, 0, 1]]), pose, (64, 64))
    depth = Renderer(scene).render(camera, 0, Light(), np.random.default_rng(0)).depth
    assert np.isin(depth, (28, 32)).all()
    assert (depth[25:40, 25:40] == 28).all()


def test_ground_is_that_of_name_and_seed():
    assert draw_ground('2_10', 35, 0) == draw_ground('2_10', 35, 0)
    assert len({draw_ground(name, 35, seed) for name in ('2_10', '2_11') for seed in (0, 1)}) == 4
    ground = Ground(10.0, (0.5, -0.25))
    np.testing.assert_allclose(ground.height([0, 2, 0], [0, 0, 4]), (10, 11, 9))


def test_vegetation_is_bright_in_infrared_and_the_towns_differ():
    means = {}
    for name, (writer, _) in REQUESTS.items():
        rendering = from_afar(type(writer)())
        pixels, ids = rendering.rgb.reshape(-1, 3).astype(float), ids_of(rendering).reshape(-1)
        ratio = pixels[:, 0] / (pixels[:, 1] + 1)
        green = np.isin(ids, [list(CLASSES).index(n) for n in ('low vegetation', 'tree')])
        assert np.median(ratio[green]) > 1.15 * np.median(ratio[ids == 0])
        means[name] = pixels[ids == 0].mean(0)
    assert np.abs(means['potsdam'] - means['vaihingen']).max() > 10


def from_afar(writer):
    """The first tile with pixels of half a meter."""
    shot = writer.shots()[0]
    size = tuple(int(length * writer.tree.resolution * 2) for length in writer.size)
    intrinsics = np.array([[2.0, 0, (size[0] - 1) / 2], [0, 2.0, (size[1] - 1) / 2], [0, 0, 1]])
    camera = replace(writer.camera(None, shot), intrinsics=intrinsics, size=size)
    renderer = Renderer(writer.build_scene(shot.scene))
    return renderer.render(camera, 0, writer.light(shot), np.random.default_rng(0))


@pytest.mark.parametrize('name', REQUESTS)
def test_default_set_shows_every_class_in_both_splits(name):
    """One pixel in 64 is enough to count."""
    writer = type(REQUESTS[name][0])()
    seen = {split: np.zeros(len(CLASSES), int) for split in writer.tree.tiles}
    rows, columns = (grid.reshape(-1).astype(float) for grid in np.mgrid[: writer.size[1] : 8, : writer.size[0] : 8])
    for shot in writer.shots():
        camera, geometry = writer.camera(None, shot), Geometry(writer.build_scene(shot.scene).instances)
        hits = geometry.first_hits(camera.origins(columns, rows), camera.rays(columns, rows))
        names, counts = np.unique(geometry.category[hits.face], return_counts=True)
        seen[writer.tree.split(shot.scene)][[list(CLASSES).index(name) for name in names]] += counts
    for counts in seen.values():
        shares = counts / counts.sum()
        assert (shares > 0.003).all(), dict(zip(CLASSES, shares.round(4), strict=True))


def test_tiles_are_taken_from_both_splits_in_proportion():
    for frames in (2, 10, 33):
        for writer in (PotsdamWriter(frames=frames), VaihingenWriter(frames=frames)):
            train = sum(writer.tree.split(shot.scene) == 'train' for shot in writer.shots())
            share = len(writer.tree.tiles['train']) / len({*writer.tree})
            assert abs(train - frames * share) <= 1
    assert {shot.scene for shot in PotsdamWriter(frames=38).shots()} == {*PotsdamDataset.tree}
    with pytest.raises(ConfigError, match='frames: expected at most 38, the tiles of potsdam, got 39'):
        PotsdamWriter(frames=39)
