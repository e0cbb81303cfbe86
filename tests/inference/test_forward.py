"""Averages over mirror images and sizes, against loops over the plain pass."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from tiny_predictor import NETWORK_SIZE
from torch.nn import functional as F

from mtlbench.inference import Predictor, Settings
from mtlbench.inference.forward import Mirrored, Plain, Rescaled, mirror
from mtlbench.inference.sizes import network_size
from mtlbench.structures import FieldKind

SIZE = (32, 48)


@pytest.fixture(scope='module')
def plain(predictor):
    forward = Plain(predictor.learner)
    with torch.inference_mode():
        yield lambda images, size: {name: value.clone() for name, value in forward(images, size).items()}


def test_a_mirrored_prediction_changes_the_sign_of_x_alone():
    values = torch.arange(6.0).reshape(1, 3, 1, 2)
    assert mirror(values, FieldKind.DIRECTION).flatten().tolist() == [-1, -0, 3, 2, 5, 4]
    assert mirror(values, FieldKind.IDS).flatten().tolist() == [1, 0, 3, 2, 5, 4]
    assert mirror(values[:, :1], FieldKind.DEPTH).flatten().tolist() == [1, 0]


def test_the_mean_over_mirror_images_is_taken_before_decoding(predictor, plain, photo):
    found = Mirrored(plain, predictor.tasks)([photo], SIZE)
    seen, mirrored = plain([photo], SIZE), plain([photo[:, ::-1]], SIZE)
    for name, value in found.items():
        turned = mirrored[name].flip(-1)
        if name == 'normals':
            turned[:, 0] = -turned[:, 0]
        torch.testing.assert_close(value, (seen[name] + turned) / 2)
        assert not torch.equal(value, seen[name])


def test_with_flip_a_mirror_image_is_predicted_as_the_mirror_of_the_prediction(run, predictor, photo):
    image = np.ascontiguousarray(photo[:32, :64])  # needs no resizing, whose filter rounds otherwise in a mirror
    symmetric = Predictor(run, Settings(flip=True))
    maps, mirrored = symmetric(image), symmetric(image[:, ::-1])
    for name, values in maps.items():
        expected = values[:, ::-1] * np.array((-1, 1, 1) if name == 'normals' else 1)
        np.testing.assert_allclose(mirrored[name], expected, rtol=1e-5, err_msg=name)
    without = np.isclose(predictor(image[:, ::-1])['depth'], predictor(image)['depth'][:, ::-1], rtol=1e-3)
    assert without.mean() < 0.9


def test_the_mean_over_sizes_is_that_of_the_passes_brought_to_one_size(plain, photo):
    found = Rescaled(plain, (0.75, 1.0, 1.3), 8)([photo], SIZE)
    passes = [plain([photo], size) for size in ((24, 32), (32, 48), (40, 64))]  # multiples of 8; 36 lies between
    for name, value in found.items():
        expected = sum(F.interpolate(one[name], SIZE, mode='bilinear', align_corners=False) for one in passes) / 3
        torch.testing.assert_close(value, expected)


def test_both_combine(run, predictor, plain, photo):
    both = Predictor(run, Settings(flip=True, scales=(0.5, 1.0)))(photo)
    size = network_size(photo.shape[:2], math.prod(NETWORK_SIZE), 8)
    expected = Rescaled(Mirrored(plain, predictor.tasks), (0.5, 1.0), 8)([photo], size)['depth']
    expected = predictor.tasks['depth'].to_size(predictor.tasks['depth'].decode(expected), photo.shape[:2])
    np.testing.assert_allclose(both['depth'], expected[0, 0].numpy(), rtol=1e-5)
