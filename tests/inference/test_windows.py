"""Sliding windows: weights, equality with the whole image, and memory."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_predictor import MULTIPLE, NEAR_FIELD, write_run
from torch.nn import functional as F

from mtlbench.engine.launch import RunRequest, load_learner
from mtlbench.errors import ConfigError
from mtlbench.inference import Predictor, Settings
from mtlbench.inference.images import resized
from mtlbench.inference.windows import bands, partition


@pytest.mark.parametrize(
    ('length', 'side', 'multiple'), [(64, 64, 8), (72, 64, 8), (200, 64, 8), (128, 32, 32), (96, 64, 32), (1000, 8, 8)]
)
def test_windows_cover_an_axis_with_weights_that_add_to_one(length, side, multiple):
    parts = partition(length, side, multiple)
    total = torch.zeros(length)
    for part in parts:
        assert part.start % multiple == 0
        assert part.stop - part.start == side
        assert (part.weights > 0).all()
        total[part.start : part.stop] += part.weights
    torch.testing.assert_close(total, torch.ones(length))
    assert (parts[0].start, parts[-1].stop) == (0, length)
    overlaps = [one.stop - other.start for one, other in pairwise(parts)]
    assert all(overlap >= side // 4 or side == multiple or multiple > side // 4 for overlap in overlaps)


def position_of(images, size):
    """Predicts the colors themselves, so that every pixel tells where it comes from."""
    assert all(image.shape[:2] == size for image in images)
    return {'colors': torch.from_numpy(np.stack(images).astype(np.float32)).permute(0, 3, 1, 2)}


@pytest.mark.parametrize('size', [(1, 1), (7, 90), (100, 30), (33, 65)])
def test_every_pixel_comes_from_its_own_place(size):
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    pieces = [piece['colors'] for piece in bands(position_of, [image, 255 - image], (32, 40), 8)]
    found = torch.cat(pieces, -2).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(found[0], image, atol=1e-3)
    np.testing.assert_allclose(found[1], 255 - image, atol=1e-3)
    assert all(piece.shape[-2] <= 32 for piece in pieces)


def test_a_window_larger_than_the_image_is_as_large_as_the_image():
    sizes = []

    def forward(images, size):
        sizes.append(size)
        return position_of(images, size)

    (piece,) = bands(forward, [np.zeros((20, 30, 3), np.uint8)], (2048, 4096), 8)
    assert sizes == [(24, 32)]
    assert piece['colors'].shape == (1, 3, 20, 30)


def far_from_seams(size, window):
    """Mask of the pixels whose surroundings lie inside every window that covers them."""
    inside = []
    for length, side in zip(size, window, strict=True):
        padded = -(-length // MULTIPLE) * MULTIPLE
        axis = np.ones(padded, bool)
        for part in partition(padded, min(side, padded), MULTIPLE):
            for edge in (part.start, part.stop):
                if 0 < edge < padded:
                    axis[edge - NEAR_FIELD : edge + NEAR_FIELD] = False
        inside.append(axis[:length])
    return np.outer(*inside)


def test_a_network_that_sees_nearby_pixels_alone_predicts_the_same_in_windows(run):
    image = np.random.default_rng(0).integers(0, 255, (75, 100, 3), np.uint8)
    window, whole = (32, 48), (80, 104)
    found = Predictor(run, Settings(window=window))(image)
    expected = Predictor(run, Settings(window=whole))(image)
    same = far_from_seams(image.shape[:2], window)
    assert same.mean() > 0.5
    for name, values in expected.items():
        # Weights add to 1 up to single precision.
        np.testing.assert_allclose(found[name][same], values[same], rtol=1e-4, atol=1e-4, err_msg=name)
    assert not np.allclose(found['depth'], expected['depth'])  # at the seams the borders of windows show


def test_windows_at_a_size_of_ones_own(run):
    """The image is resized first; the predictions are those of the smaller image, enlarged."""
    image = np.random.default_rng(0).integers(0, 255, (128, 192, 3), np.uint8)
    found = Predictor(run, Settings(size=(64, 96), window=(32, 32)))(image)
    small = Predictor(run, Settings(window=(32, 32)))(np.array(resized(image, (64, 96))))
    for name, values in small.items():
        if name == 'shading':  # continuous, so interpolated
            planes = torch.from_numpy(values).permute(2, 0, 1)[None]
            larger = F.interpolate(planes, (128, 192), mode='bilinear', align_corners=False)[0].permute(1, 2, 0).numpy()
        else:
            larger = values.repeat(2, 0).repeat(2, 1)
        np.testing.assert_allclose(found[name], larger, rtol=1e-5, err_msg=name)


def test_windows_need_no_size_of_the_evaluation(run):
    cfg, learner = load_learner(RunRequest(None), str(run))
    del cfg.val_dataloader.dataset.pipeline[0]
    assert Predictor((cfg, learner), Settings(window=(32, 32)))(np.zeros((40, 50, 3), np.uint8))['depth'].shape == (
        40,
        50,
    )
    with pytest.raises(ConfigError, match='state the size yourself'):
        Predictor((cfg, learner))


def memory(key):
    lines = Path('/proc/self/status').read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


def test_a_large_image_needs_little_memory(tmp_path):
    try:
        Path('/proc/self/clear_refs').write_text('5')  # the peak starts anew
    except OSError:
        pytest.skip('the system does not reset the peak of memory')
    predictor = Predictor(write_run(tmp_path / 'run', ['semseg']), Settings(window=(512, 512)), device='cpu')
    image = np.random.default_rng(0).integers(0, 255, (3000, 4000, 3), np.uint8)
    before = memory('VmRSS')
    Path('/proc/self/clear_refs').write_text('5')
    found = predictor(image)['semseg']
    peak = memory('VmHWM') - before
    assert found.shape == (3000, 4000)
    # The logits of the whole image alone would take 19 * 4 * 12 million bytes = 870 MiB, and the network's maps more.
    # Needed are: twice the map of ids (92 MiB), twice the logits of a row of windows (19 * 512 * 4000 * 4 bytes =
    # 148 MiB), the padded image (34 MiB), and the network's maps of one window: 514 MiB, and what the allocator keeps.
    assert peak < 800
