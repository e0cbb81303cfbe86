"""Predictions of one image: units, sizes, orientation, and the same values in every form of an image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_predictor import NETWORK_SIZE, write_run

from mtlbench.errors import CheckpointError, ConfigError, DataError
from mtlbench.inference import Predictor, Settings
from mtlbench.inference.images import resized
from mtlbench.inference.keys import LEAST_WIDTH
from mtlbench.inference.sizes import network_size
from mtlbench.structures import MultiTaskSample


def test_predictions_are_those_of_the_evaluation(predictor, photo):
    """The learner's own evaluation step, on the resized image, brought to the size of the image by its task."""
    size = network_size(photo.shape[:2], NETWORK_SIZE[0] * NETWORK_SIZE[1], 8)
    inputs = torch.from_numpy(resized(photo, size)).permute(2, 0, 1)
    with torch.no_grad():
        (sample,) = predictor.learner.val_step({'inputs': [inputs], 'data_samples': [MultiTaskSample()]})
    found = predictor(photo)
    assert list(found) == list(predictor.tasks)
    for name, task in predictor.tasks.items():
        expected = task.to_size(sample.prediction(name)[None], photo.shape[:2])[0].permute(1, 2, 0).numpy()
        assert np.array_equal(found[name].reshape(expected.shape), expected), name
        assert len(np.unique(found[name])) > 1, name


@pytest.mark.parametrize('size', [(1, 1), (70, 40), (20, 160), (3, 900)])
def test_predictions_have_the_size_of_the_image(predictor, size):
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    shapes = {name: values.shape for name, values in predictor(image).items()}
    deep = {'normals': (*size, 3), 'shading': (*size, 3)}
    assert shapes == {name: deep.get(name, size) for name in predictor.tasks}


def test_a_path_a_pillow_image_and_an_array_are_the_same_image(predictor, photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / 'x.png')
    expected = predictor(photo)
    for given in (tmp_path / 'x.png', str(tmp_path / 'x.png'), Image.fromarray(photo)):
        found = predictor(given)
        assert all(np.array_equal(found[name], values) for name, values in expected.items())
    with pytest.raises(DataError, match=r'RGB array \(H, W, 3\)'):
        predictor(photo.astype(float))


def test_a_batch_gives_what_each_image_gives(predictor, photo):
    images = [photo, photo[::-1].copy(), photo[:, ::-1].copy()]
    for image, maps in zip(images, predictor.batch(images), strict=True):
        for name, values in predictor(image).items():
            np.testing.assert_allclose(maps[name], values, rtol=1e-4, atol=1e-4, err_msg=name)  # other summation order


@pytest.mark.parametrize('sizes', [[], [(45, 70), (45, 71)]])
def test_a_batch_has_images_of_one_size(predictor, sizes):
    with pytest.raises(DataError, match='a batch needs images of one size'):
        predictor.batch([np.zeros((*size, 3), np.uint8) for size in sizes])


def test_normals_are_unit_vectors_and_depths_meters(predictor, photo):
    maps = predictor(photo)
    np.testing.assert_allclose(np.linalg.norm(maps['normals'], axis=-1), 1, atol=1e-5)
    assert 5 < np.median(maps['depth']) < 30  # the bias of the head stands for 11 m


def test_a_size_of_ones_own_is_what_the_network_receives(run, photo, monkeypatch):
    predictor = Predictor(run, Settings(size=(64, 96)))
    received = []
    forward = predictor.learner.network.forward
    monkeypatch.setattr(
        predictor.learner.network, 'forward', lambda images: received.append(images.shape[-2:]) or forward(images)
    )
    predictor(photo)
    assert received == [network_size(photo.shape[:2], 64 * 96, 8)]


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(scales=(1.0, 0.0)), 'scales must be numbers above 0'),
        (dict(scales=()), 'scales must be'),
        (dict(scales=(float('nan'),)), 'scales must be'),
        (dict(window=(30, 64)), 'multiples of 8 for this network, got 30x64'),
        (dict(window=(-8, 64)), r'window is \(-8, 64\), expected a height and a width of at least 1'),
        (dict(size=(0, 64)), r'size is \(0, 64\), expected'),
    ],
)
def test_impossible_settings_are_rejected(run, settings, message):
    with pytest.raises(ConfigError, match=message):
        Predictor(run, Settings(**settings))


@pytest.mark.parametrize('device', ['cuda:99', 'tpu', 'meta'])
def test_a_device_that_is_not_there_is_named(run, device):
    with pytest.raises(ConfigError, match=f"cannot use the device '{device}'"):
        Predictor(run, device=device)


def test_a_checkpoint_without_its_config_asks_for_one(tmp_path):
    torch.save({'state_dict': {}, 'meta': {}}, tmp_path / 'x.pth')
    with pytest.raises(CheckpointError, match='pass the config'):
        Predictor(tmp_path / 'x.pth')


def test_a_panel_has_image_predictions_legend_and_color_bar(predictor, photo):
    panel = predictor.draw(photo)
    assert np.array_equal(panel, predictor.draw(photo, predictor(photo)))
    # Two columns of 256 pixels, the smallest long side of a shown image, and 4 rows of tiles, strips below.
    assert panel.shape[1] == 2 * 256 + 4
    tiles = 4 * (24 + 165) + 3 * 4
    assert panel.shape[0] > tiles
    everything = predictor.draw(photo, occurring=False)
    assert everything.shape[0] > panel.shape[0]  # all 19 classes


def test_a_panel_of_a_very_narrow_image_has_room_for_its_legend(predictor):
    panel = predictor.draw(np.zeros((500, 3, 3), np.uint8))
    assert panel.shape[1] == LEAST_WIDTH
    assert (panel[:1500, -100:] == 255).all()


def test_an_overlay_is_half_the_image_and_half_the_drawn_map(predictor, photo):
    maps = predictor(photo)
    drawn, overlays = predictor.colors(maps), predictor.overlay(photo, maps)
    assert list(overlays) == list(predictor.tasks)
    for name, overlay in overlays.items():
        shown = drawn[name].any(-1)
        middle = (photo[shown].astype(int) + drawn[name][shown] + 1) // 2
        assert np.array_equal(overlay[shown], middle), name
        assert np.array_equal(overlay[~shown], photo[~shown]), name


def test_a_run_of_one_task_is_enough(tmp_path, photo):
    predictor = Predictor(write_run(tmp_path / 'one', ['depth']))
    assert list(predictor(photo)) == ['depth']
