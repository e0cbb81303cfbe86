"""Random windows enlarged to the size of the image, against plain arithmetic and published numbers."""

import numpy as np
import pytest
from plain_sample import HEIGHT, WIDTH, sample

from mtlbench.config import config_dir, load_config
from mtlbench.datasets.transforms import RandomZoom
from mtlbench.errors import ConfigError
from mtlbench.structures import FieldKind

FIELD = np.arange(36, dtype=np.uint8).reshape(6, 6)


class Fixed(RandomZoom):
    """With the corner of the window of a published example."""

    def decide(self, results):
        return super().decide(results)._replace(corner=(1, 2))


def interpolated(field, height, width):
    """Linear interpolation pixel by pixel, with the corners aligned."""
    rows, columns = field.shape[:2]
    found = np.zeros((height, width, *field.shape[2:]))
    for i in range(height):
        for j in range(width):
            y, x = i * (rows - 1) / (height - 1), j * (columns - 1) / (width - 1)
            top, left = min(int(y), rows - 2), min(int(x), columns - 2)
            a, b = y - top, x - left
            part = field[top : top + 2, left : left + 2].astype(float)
            upper, lower = (1 - b) * part[0, 0] + b * part[0, 1], (1 - b) * part[1, 0] + b * part[1, 1]
            found[i, j] = (1 - a) * upper + a * lower
    return found


def test_published_example():
    """The first row of the sheet: linear 8, 8.6, ... (rounded to 8 bits), nearest 8, 8, 9, 10, 10, 11."""
    image = np.repeat(FIELD[..., None], 3, axis=-1)
    kinds = {'image': FieldKind.IMAGE, 'gt_semseg': FieldKind.IDS}
    results = {'image': image, 'gt_semseg': FIELD, 'kinds': kinds, 'rng': np.random.default_rng(0)}
    found = Fixed([1.5])(results)
    assert found['image'][0, :, 0].tolist() == [8, 9, 9, 10, 10, 11]
    assert found['gt_semseg'][0].tolist() == [8, 8, 9, 10, 10, 11]


@pytest.mark.parametrize('factor', [1.2, 1.5])
def test_every_field_shows_the_same_window(factor):
    before, found = sample(), RandomZoom([factor])(sample())
    rng = np.random.default_rng(5)
    rng.integers(1)  # the factor
    height, width = int(HEIGHT / factor), int(WIDTH / factor)
    top, left = int(rng.integers(HEIGHT - height + 1)), int(rng.integers(WIDTH - width + 1))
    part = {name: before[name][top : top + height, left : left + width] for name in before['kinds'] if name[2] == '_'}
    rows, columns = (np.arange(HEIGHT) * height) // HEIGHT, (np.arange(WIDTH) * width) // WIDTH
    np.testing.assert_array_equal(found['gt_semseg'], part['gt_semseg'][rows][:, columns])
    np.testing.assert_allclose(found['gt_depth'], part['gt_depth'][rows][:, columns] / factor, rtol=1e-6)
    np.testing.assert_array_equal(found['gt_height'], part['gt_height'][rows][:, columns])
    image = interpolated(before['image'][top : top + height, left : left + width], HEIGHT, WIDTH)
    assert abs(found['image'] - image).max() <= 0.5 + 1e-3
    normals = interpolated(part['gt_normals'], HEIGHT, WIDTH)
    unit = normals / np.linalg.norm(normals, axis=-1, keepdims=True)
    np.testing.assert_allclose(found['gt_normals'], unit, atol=1e-4)
    stored = RandomZoom([factor], normals='interpolated')(sample())['gt_normals']
    np.testing.assert_allclose(stored, normals, atol=1e-5)  # positions of float32, up to 44
    assert all(frame.shape == before['image'].shape for frame in found['neighbors'])


def test_intrinsics_follow_the_window():
    """A pixel of the enlarged window starts where the pixel of the label that it shows does."""
    found = Fixed([2.0])(sample())
    after, before = found['intrinsics'], sample()['intrinsics']
    np.testing.assert_allclose(after[:2, :2], 2 * before[:2, :2])
    np.testing.assert_allclose(after[:2, 2], 2 * (before[:2, 2] - (2, 1)))


def test_directions_of_the_division():
    """Depth by default; inverse depth multiplies depth. Infinity and invalid pixels stay."""
    depth = np.full((HEIGHT, WIDTH), 3, np.float32)
    depth[:, : WIDTH // 2], depth[: HEIGHT // 2] = np.inf, 0
    for divided, expected in (('depth', 2.0), ('inverse_depth', 4.5)):
        found = RandomZoom([1.5], divided=divided)(sample(gt_depth=depth))['gt_depth']
        assert set(np.unique(found)) <= {0, np.float32(expected), np.inf}
        assert {0, np.float32(expected)} <= set(np.unique(found))


def test_zero_vectors_stay_zero():
    found = RandomZoom([1.2])(sample(gt_normals=np.zeros((HEIGHT, WIDTH, 3), np.float32)))
    assert not found['gt_normals'].any()


def test_factors_and_places_are_uniform():
    """Bounds of six standard deviations of a share of 1/3 and of 1/8 in 3000 draws."""
    zoom, rng = RandomZoom(), np.random.default_rng(0)
    results = {'image': np.zeros((21, 21, 3), np.uint8), 'rng': rng}
    windows = [zoom.decide(results) for _ in range(3000)]
    drawn = [1.0 if window is None else window.factor for window in windows]
    shares = [drawn.count(factor) for factor in (1, 1.2, 1.5)]
    assert all(abs(share / 3000 - 1 / 3) < 0.052 for share in shares)
    tops = np.bincount([w.corner[0] for w in windows if w is not None and w.factor == 1.5])
    assert len(tops) == 21 - 14 + 1
    assert abs(tops / tops.sum() - 1 / 8).max() < 0.063


@pytest.mark.parametrize('options', [{'factors': ()}, {'factors': (0.9,)}, {'normals': 'long'}, {'divided': 'by'}])
def test_wrong_settings(options):
    with pytest.raises(ConfigError, match=f'RandomZoom: {next(iter(options))}'):
        RandomZoom(**options)


@pytest.mark.parametrize(
    ('recipe', 'expected'),
    [('paper', (None, None, None, None)), ('reference', ('interpolated', 'inverse_depth', 'stored', 'angle'))],
)
def test_the_reference_recipe_follows_the_code_of_the_shared_tables(recipe, expected, tmp_path):
    found = {}
    for data, tasks in (('nyuv2_mtan', 'sdn_linear'), ('cityscapes_mtan', 'sd_linear_inverse')):
        parts = (f'datasets/{data}_augmented', f'tasks/{tasks}', 'methods/mtl', f'schedules/mtan_{data[:-5]}')
        config = tmp_path / f'sd_{data}.py'
        config.write_text(f'_base_ = {[str(config_dir() / "_base_" / f"{part}.py") for part in parts]}\n')
        found[data] = load_config(config, recipe=recipe)
    zooms = [cfg.train_dataloader.labeled.dataset.pipeline[1] for cfg in found.values()]
    normals = found['nyuv2_mtan'].model.tasks.normals
    assert zooms[0].get('divided') is None
    assert zooms[1].divided == (expected[1] or 'depth')
    assert (zooms[0].get('normals'), normals.get('labels'), normals.get('metric')) == (expected[0], *expected[2:])
    assert load_config('mtl/sdn_vkitti2', recipe=recipe).model.tasks.normals.get('labels') is None
