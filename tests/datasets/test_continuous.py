"""Continuous maps: linear interpolation among known pixels, against loops in float64."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

from mtlbench.datasets.transforms import CenterCrop, PackSample, Pad, RandomFlip, Resize
from mtlbench.structures import FieldKind

KIND = FieldKind.CONTINUOUS
ROUNDING = 1e-6
"""Pillow sums in float64 and stores float32 twice; values are at most 1."""


def weights(old, new):
    """Weights (new, old) of a triangle as wide as the larger pixel, around the center of each new pixel."""
    scale = old / new
    rows = np.zeros((new, old))
    for i in range(new):
        for j in range(old):
            distance = abs((j + 0.5) - (i + 0.5) * scale) / max(scale, 1)
            rows[i, j] = max(0, 1 - distance)
        rows[i] /= rows[i].sum()
    return rows


def reference(field, size):
    """Interpolate each channel among the pixels that are known in all channels, pixel by pixel."""
    (height, width), (rows, columns) = size, (weights(old, new) for old, new in zip(field.shape, size, strict=False))
    result = np.full((*size, field.shape[2]), np.nan)
    for y in range(height):
        for x in range(width):
            total, known = np.zeros(field.shape[2]), 0.0
            for j in np.flatnonzero(rows[y]):
                for i in np.flatnonzero(columns[x]):
                    if not np.isnan(field[j, i]).any():
                        total += rows[y, j] * columns[x, i] * field[j, i]
                        known += rows[y, j] * columns[x, i]
            if known >= 0.5:
                result[y, x] = total / known
    return result


def patchy(channels, size=(9, 14), holes=0.3):
    rng = np.random.default_rng(channels)
    field = rng.random((*size, channels), np.float32)
    field[rng.random(size) < holes] = np.nan
    field[4, 5, channels - 1] = np.nan  # unknown in one channel only
    return field


@pytest.mark.parametrize('size', [(5, 6), (21, 30), (4, 33), (9, 14)])
@pytest.mark.parametrize('channels', [1, 3, 7])
def test_resizing_is_that_of_loops(channels, size):
    field = patchy(channels)
    expected = reference(field, size)
    resized = KIND.resize(field, size)
    assert resized.dtype == np.float32
    if size == field.shape[:2]:
        np.testing.assert_array_equal(resized, field)
        return
    np.testing.assert_allclose(resized, expected, atol=ROUNDING)
    assert 0 < np.isnan(expected).mean() < 1
    if channels == 1:
        np.testing.assert_array_equal(KIND.resize(field[..., 0], size), resized[..., 0])


def test_unknown_pixels_do_not_bleed():
    """A map of ones with holes stays a map of ones, however the holes lie."""
    field = np.where(np.isnan(patchy(1)), np.nan, 1).astype(np.float32)
    for size in ((5, 6), (21, 30)):
        resized = KIND.resize(field, size)
        np.testing.assert_allclose(resized[~np.isnan(resized)], 1, atol=ROUNDING)


def test_integers_are_read_as_numbers():
    assert KIND.resize(np.array([[0, 255]], np.uint8), (1, 4)).tolist() == [[0, 63.75, 191.25, 255]]
    assert KIND.pad(np.array([[7]], np.uint8), 0, 1).tolist()[0][0] == 7


def test_pipeline_moves_the_values_and_pads_with_unknown_pixels():
    ramp = np.tile(np.arange(16, dtype=np.float32), (8, 1))
    results = {
        'image': np.zeros((8, 16, 3), np.uint8),
        'gt_map': ramp,
        'gt_colors': np.stack([ramp, 2 * ramp, -ramp], -1),
        'kinds': {'image': FieldKind.IMAGE, 'gt_map': KIND, 'gt_colors': KIND},
        'tasks': ('map', 'colors'),
        'rng': np.random.default_rng(0),
        'img_path': 'x',
    }
    for step in (Resize((16, 32)), CenterCrop((16, 30)), RandomFlip(prob=1.0), Pad((16, 34)), PackSample()):
        results = step.transform(results)
    sample = results['data_samples']
    # A new pixel at x has its center at (x + 1/2) / 2 of the old image, where the ramp is x / 2 - 1/4.
    expected = torch.arange(30, 0, -1) / 2 - 0.25
    for row in sample.label('map')[0]:
        torch.testing.assert_close(row[:30], expected, atol=1e-5, rtol=0)  # values to 15, float32
        assert row[30:].isnan().all()
    factors = torch.tensor([1.0, 2, -1])[:, None, None]
    torch.testing.assert_close(sample.label('colors'), factors * sample.label('map'), atol=1e-5, rtol=0, equal_nan=True)
    assert sample.label('colors').dtype == torch.float32


def test_known_pixels_of_a_label():
    label = torch.tensor([[[[1.0, float('nan'), 3.0]], [[1.0, 2.0, float('nan')]]]])
    assert KIND.known(label).tolist() == [[[[True, False, False]]]]


def test_drawing():
    nan = np.nan
    assert KIND.draw(np.array([[[0.0, 0.5, 2.0, nan]]])).tolist() == [
        [[68, 1, 84], [33, 145, 140], [253, 231, 37], [0, 0, 0]]
    ]
    colors = KIND.draw(np.array([[[0.2, nan]], [[-1.0, 0.5]], [[7.0, 0.5]]]))
    assert colors.tolist() == [[[51, 0, 255], [0, 0, 0]]]


@pytest.mark.parametrize(
    ('values', 'fault'),
    [([[0.5, np.nan]], None), ([[np.inf, 1]], 'infinite'), ([[np.nan, np.nan]], 'no pixel is known')],
)
def test_check(values, fault):
    class Dataset:
        may_be_blank = False

    found = list(KIND.faults(np.array(values), Dataset))
    assert [fault in message for message in found] == ([True] if fault else [])


def test_summary():
    facts = np.stack([KIND.facts(np.array(values)) for values in ([[0.25, np.nan]], [[0.5, 1.0]], [[np.nan, np.nan]])])
    assert KIND.summary(facts, None) == '50.0% known; 0.25 .. 1, mean of image means 0.5'


@pytest.mark.parametrize('kind', [FieldKind.IDS, KIND])
def test_kinds_are_the_same_in_other_processes(kind):
    assert pickle.loads(pickle.dumps(kind)) is kind  # noqa: S301  made here
    assert copy.deepcopy(kind) is kind
