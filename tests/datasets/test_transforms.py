import numpy as np
import pytest
import torch
from PIL import Image
from plain_sample import HEIGHT, WIDTH, K, sample

from mtlbench.datasets.transforms import NormalsFromDepth, PackSample, RandomCrop, RandomFlip, Resize
from mtlbench.datasets.transforms.resize import Sizes
from mtlbench.errors import ConfigError
from mtlbench.geometry import normals_from_depth, unproject
from mtlbench.structures import FieldKind


def points_of(results):
    return unproject(results['gt_depth'].astype(np.float64), results['intrinsics'])


def test_resize_takes_pixel_centers():
    results = Resize((20, 33)).transform(sample())
    before = sample()
    rows = np.floor((np.arange(20) + 0.5) * HEIGHT / 20).astype(int)
    columns = np.floor((np.arange(33) + 0.5) * WIDTH / 33).astype(int)
    for name in ('gt_semseg', 'gt_depth', 'gt_normals', 'gt_height'):
        np.testing.assert_array_equal(results[name], before[name][rows][:, columns])


@pytest.mark.parametrize(('old', 'new'), [((375, 1242), (320, 1024)), ((1024, 2048), (512, 1024))])
def test_pixel_centers_are_pillows_nearest(old, new):
    ids = np.random.default_rng(0).integers(0, 256, old).astype(np.uint8)
    expected = Image.fromarray(ids).resize(new[::-1], Image.Resampling.NEAREST)
    np.testing.assert_array_equal(Resize(new).apply(ids, FieldKind.IDS, Sizes(old, ())), expected)


def test_resize_as_the_reference_code():
    results = Resize((20, 33), nearest='reference').transform(sample(corner_kinds=(FieldKind.DEPTH,)))
    before = sample()
    rows, columns = np.arange(20) * HEIGHT // 20, np.arange(33) * WIDTH // 33
    np.testing.assert_array_equal(results['gt_depth'], before['gt_depth'][rows][:, columns])
    np.testing.assert_array_equal(results['gt_semseg'], Resize((20, 33)).transform(sample())['gt_semseg'])


def test_resize_of_images_does_not_alias():
    """Stripes of one pixel, at a quarter of the size, become gray."""
    stripes = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    stripes[:, ::2] = 255
    results = Resize((HEIGHT, WIDTH // 4)).transform(sample(image=stripes))
    assert np.abs(results['image'][:, 1:-1].astype(int) - 127).max() <= 8
    assert all(image.shape == (HEIGHT, WIDTH // 4, 3) for image in results['neighbors'])


def test_resize_keeps_pixel_rays():
    """A new pixel that starts where an old one does sees the same ray; depth stays in meters."""
    results = Resize((HEIGHT // 2, WIDTH // 2)).transform(sample())
    rays = unproject(np.ones((HEIGHT, WIDTH)), K)[:, ::2, ::2]
    np.testing.assert_allclose(unproject(np.ones((HEIGHT // 2, WIDTH // 2)), results['intrinsics']), rays, rtol=1e-12)


def test_resize_mixes_boundaries_and_cuts_at_zero():
    edges = np.zeros((HEIGHT, WIDTH), np.float32)
    edges[10, 10] = 1
    results = Resize((HEIGHT * 2, WIDTH * 2)).transform(sample(gt_edges=edges))
    assert set(np.unique(results['gt_edges'])) == {0.0, 1.0}
    assert results['gt_edges'].sum() > 4


def test_flip_keeps_points_and_directions():
    before, results = sample(), RandomFlip(prob=1).transform(sample())
    mirrored = points_of(results)[:, :, ::-1]
    mirrored[0] *= -1
    np.testing.assert_allclose(mirrored, points_of(before), rtol=1e-12)
    np.testing.assert_array_equal(results['gt_normals'][:, ::-1] * (-1, 1, 1), before['gt_normals'])
    for name in ('image', 'gt_semseg', 'gt_edges', 'gt_height'):
        np.testing.assert_array_equal(results[name][:, ::-1], before[name])
    np.testing.assert_array_equal(results['neighbors'][1][:, ::-1], before['neighbors'][1])


def test_flip_happens_half_of_the_time():
    rng = np.random.default_rng(0)
    flipped = sum(RandomFlip().transform(sample(4, 4, rng=rng)).get('mirrored', False) for _ in range(400))
    assert 140 < flipped < 260  # six standard deviations


def test_two_flips_undo_each_other():
    results = RandomFlip(prob=1).transform(RandomFlip(prob=1).transform(sample()))
    assert not results['mirrored']
    np.testing.assert_array_equal(results['image'], sample()['image'])
    np.testing.assert_allclose(results['intrinsics'], K)


def test_crop_keeps_points():
    before, results = sample(), RandomCrop((16, 20)).transform(sample())
    left, top = (K - results['intrinsics'])[:2, 2].round().astype(int)
    assert (top, left) != (0, 0)
    window = np.s_[top : top + 16, left : left + 20]
    np.testing.assert_allclose(points_of(results), points_of(before)[(slice(None), *window)], rtol=1e-12)
    np.testing.assert_array_equal(results['image'], before['image'][window])


def test_crop_reaches_every_place():
    corners = {
        tuple(
            (K - RandomCrop((28, 43)).transform(sample(rng=np.random.default_rng(seed)))['intrinsics'])[:2, 2].round()
        )
        for seed in range(100)
    }
    assert len(corners) == 6


def test_crop_larger_than_the_image():
    with pytest.raises(ConfigError, match='does not fit'):
        RandomCrop((31, 20)).transform(sample())


@pytest.mark.parametrize('transform', [RandomFlip(), RandomCrop((4, 4))])
def test_random_transforms_need_a_draw(transform):
    results = sample()
    del results['rng']
    with pytest.raises(ConfigError, match='StreamSampler'):
        transform.transform(results)


def surface(**changes):
    """A sample with a smooth surface and no normals yet."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    depth = (8 + 0.1 * rows + 0.05 * columns + np.sin(columns / 5)).astype(np.float32)
    results = sample(gt_depth=depth, **changes)
    del results['gt_normals'], results['kinds']['gt_normals']
    return results


def test_normals_follow_a_flip_exactly():
    make, flip = NormalsFromDepth(), RandomFlip(prob=1)
    after, before = make.transform(flip.transform(surface())), flip.transform(make.transform(surface()))
    np.testing.assert_array_equal(after['gt_normals'], before['gt_normals'])
    assert after['kinds']['gt_normals'] is FieldKind.DIRECTION


def test_normals_leave_out_far_and_invalid_pixels():
    depth = surface()['gt_depth']
    depth[10, 10], depth[20, 20] = 0, 100
    training = NormalsFromDepth().transform(surface() | {'gt_depth': depth})['gt_normals']
    validation = NormalsFromDepth(max_depth=80).transform(surface() | {'gt_depth': depth})['gt_normals']
    assert not training[9:12, 9:12].any()
    assert training[20, 20].any()
    assert not validation[19:22, 19:22].any()
    assert (validation[..., 2] >= 0).all()


def test_normals_of_the_reference_code():
    """Inverse depth, the camera at full resolution, both of its center's coordinates mirrored."""
    native, shape = np.diag([80.0, 84.0, 1.0]) + np.array([[0, 0, 41.0], [0, 0, 27.0], [0, 0, 0]]), (60, 88)
    results = RandomFlip(prob=1).transform(surface(native_intrinsics=native, native_shape=shape))
    results = NormalsFromDepth(source='inverse_depth', intrinsics='native', flip='reference').transform(results)
    mirrored = native.copy()
    mirrored[:2, 2] = 88 - 41, 60 - 27
    inverse = 655.36 / (surface()['gt_depth'][:, ::-1] + np.float32(0.01))
    np.testing.assert_allclose(
        results['gt_normals'], normals_from_depth(inverse, mirrored, np.ones_like(inverse, bool)), atol=1e-5
    )


@pytest.mark.parametrize('option', ['source', 'intrinsics', 'flip'])
def test_normals_refuse_unknown_choices(option):
    with pytest.raises(ConfigError, match=f"{option} must be one of .* not 'other'"):
        NormalsFromDepth(**{option: 'other'})


def test_normals_are_made_only_when_asked_for():
    results = NormalsFromDepth().transform(surface(tasks=('depth',)))
    assert 'gt_normals' not in results


def test_resize_refuses_unknown_choice():
    with pytest.raises(ConfigError, match='nearest'):
        Resize((4, 4), nearest='corner')


def test_pack():
    packed = PackSample().transform(sample())
    labels = packed['data_samples']
    assert packed['inputs'].shape == (3, HEIGHT, WIDTH)
    assert packed['inputs'].dtype == torch.uint8
    np.testing.assert_array_equal(packed['inputs'].permute(1, 2, 0), sample()['image'])
    shapes = {task: (tuple(labels.label(task).shape), labels.label(task).dtype) for task in sample()['tasks']}
    assert shapes == {
        'semseg': ((1, HEIGHT, WIDTH), torch.int64),
        'depth': ((1, HEIGHT, WIDTH), torch.float32),
        'normals': ((3, HEIGHT, WIDTH), torch.float32),
        'edges': ((1, HEIGHT, WIDTH), torch.int64),
        'height': ((1, HEIGHT, WIDTH), torch.float32),
    }
    assert labels.neighbors.shape == (2, 3, HEIGHT, WIDTH)
    assert (labels.neighbor_offsets, labels.domain, labels.ori_shape) == ((-1, 1), 'test', (HEIGHT, WIDTH))
    np.testing.assert_array_equal(labels.intrinsics, K)


def test_pack_leaves_out_what_no_task_asked_for():
    labels = PackSample().transform(sample(tasks=('normals',)))['data_samples']
    assert labels.has_label('normals')
    assert not labels.has_label('depth')
    assert not labels.has_label('semseg')


def test_pack_refuses_labels_of_another_size():
    with pytest.raises(ConfigError, match=r'gt_depth is \(4, 4\)'):
        PackSample().transform(sample(gt_depth=np.zeros((4, 4), np.float32)))


def test_pack_without_any_neighbor():
    labels = PackSample().transform(sample(neighbors=[], neighbor_offsets=()))['data_samples']
    assert labels.neighbors.shape == (0, 3, HEIGHT, WIDTH)
