"""KITTI's evaluation of depth: crop of Garg, median scaling, errors of each image, then their mean."""

import numpy as np
import pytest
import torch

from mtlbench.config import load_config
from mtlbench.registry import TASKS

SIZES = ((375, 1242), (370, 1226))
CROPS = ((153, 371, 44, 1197), (151, 366, 44, 1181))
"""Rows and columns: 0.40810811, 0.99189189 of the height, 0.03594771, 0.96405229 of the width, rounded down."""


def frames():
    """Sparse labels of two sizes, beyond 80 m too, and predictions at a scale of their own."""
    generator = np.random.default_rng(0)
    for height, width in SIZES:
        label = generator.uniform(2, 100, (height, width))
        label[generator.random((height, width)) > 0.2] = 0
        noise = generator.normal(1, 0.3, (height, width)).clip(0.05)
        yield label, (label + generator.uniform(2, 100, (height, width)) * (label == 0)) * noise / 30


def expected_of(label, guess, crop, scaled):
    """The errors of one image, as the definition has it."""
    inside = np.zeros(label.shape, bool)
    inside[crop[0] : crop[1], crop[2] : crop[3]] = True
    counted = inside & (label > 1e-3) & (label < 80)
    truth, found = label[counted], guess[counted]
    if scaled:
        found = found * np.median(truth) / np.median(found)
    found = found.clip(1e-3, 80)
    ratio = np.maximum(truth / found, found / truth)
    return {
        'abs_rel': np.mean(np.abs(truth - found) / truth),
        'sq_rel': np.mean((truth - found) ** 2 / truth),
        'rmse_m': np.sqrt(np.mean((truth - found) ** 2)),
        'rmse_log': np.sqrt(np.mean((np.log(truth) - np.log(found)) ** 2)),
        **{f'delta{power}': np.mean(ratio < 1.25**power) for power in (1, 2, 3)},
    }


@pytest.mark.parametrize(('config', 'scaled'), [('sde/d_kitti_raw', True), ('stl/d_kitti_raw', False)])
def test_scores_are_those_of_the_definition(config, scaled):
    """The median of an even number of values is the lower one here, and their mean there: a few in 10,000."""
    task, totals, rows = TASKS.build(load_config(config).tasks.depth), {}, []
    for (label, guess), crop in zip(frames(), CROPS, strict=True):
        rows.append(expected_of(label, guess, crop, scaled))
        pair = (torch.from_numpy(values)[None, None].float() for values in (guess, label))
        for name, value in task.statistics(*pair).items():
            totals[name] = totals.get(name, 0) + value
    expected = {name: np.mean([row[name] for row in rows]) for name in rows[0]}
    assert task.scores(totals) == pytest.approx(expected, rel=1e-3 if scaled else 1e-5)


@pytest.mark.parametrize(('size', 'crop'), [*zip(SIZES, CROPS, strict=True)])
def test_crop_to_the_pixel(size, crop):
    task = TASKS.build(load_config('stl/d_kitti_raw').tasks.depth)
    rows, columns = torch.arange(size[0])[:, None], torch.arange(size[1])[None]
    inside = [task._inside(place.expand(size)) for place in (rows, columns)]
    found = (inside[0].min(), inside[0].max() + 1, inside[1].min(), inside[1].max() + 1)
    assert tuple(int(value) for value in found) == crop


def test_fractions_that_are_whole_pixels_lose_none():
    """0.29 of 100 pixels is 28.999999999999996 in floating point."""
    task = TASKS.build(dict(type='DepthTask', window=(0.29, 0.58, 0, 1)))
    assert task._inside(torch.zeros(100, 2)).shape == (29, 2)
