"""What every registered task must do, a third party's included."""

import inspect

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import mtlbench.tasks  # noqa: F401  registers the tasks
from mtlbench.errors import ConfigError
from mtlbench.registry import TASKS
from mtlbench.structures import FieldKind, register_class_set

register_class_set('contract_5', 'abcde', [(i, 2 * i, 3 * i) for i in range(5)])
KNOWN_ARGUMENTS = {'class_set': 'contract_5'}
DEVICES = ['cpu', pytest.param('cuda', marks=pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU'))]
SIZE = (12, 16)


@pytest.fixture(params=TASKS.names())
def task(request):
    required = {
        name: KNOWN_ARGUMENTS[name]
        for name, value in inspect.signature(TASKS.get(request.param)).parameters.items()
        if value.default is value.empty
    }
    return TASKS.build(dict(type=request.param, **required))


def make_label(task, count=2, seed=0):
    """Labels (count, C, H, W) in the units of the task's kind, with some invalid pixels."""
    draw = torch.Generator().manual_seed(seed)
    holes = torch.rand(count, 1, *SIZE, generator=draw) < 0.2
    if task.kind is FieldKind.IDS:
        return torch.randint(task.out_channels, (count, 1, *SIZE), generator=draw).masked_fill(holes, 255)
    if task.kind is FieldKind.DEPTH:
        return (1 + 60 * torch.rand(count, 1, *SIZE, generator=draw)).masked_fill(holes, 0)
    if task.kind is FieldKind.HEIGHT:
        return (25 * torch.rand(count, 1, *SIZE, generator=draw)).masked_fill(holes, -1)
    if task.kind is FieldKind.DIRECTION:
        return F.normalize(torch.randn(count, 3, *SIZE, generator=draw), dim=1).masked_fill(holes, 0)
    return torch.randint(2, (count, 1, *SIZE), generator=draw)


def invalid_label(task):
    fill = {FieldKind.IDS: 255, FieldKind.BOUNDARY: 255, FieldKind.HEIGHT: -1}.get(task.kind, 0)
    return torch.full_like(make_label(task), fill)


def make_prediction(task, size=SIZE, seed=1, **kwargs):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(2, task.out_channels, *size, generator=draw).to(**kwargs)


def test_declares_itself(task):
    assert task.name and isinstance(task.kind, FieldKind)
    assert task.metric_of_record in task.higher_is_better


def test_head_gives_the_declared_channels(task):
    assert task.build_head(7)(torch.randn(2, 7, 3, 4)).shape == (2, task.out_channels, 3, 4)


@pytest.mark.parametrize('size', [SIZE, (3, 4)])
def test_loss_is_a_float32_scalar_that_reaches_every_pixel_of_the_prediction(task, size):
    prediction = make_prediction(task, size).requires_grad_()
    loss = task.loss(prediction, make_label(task))
    loss.backward()
    assert loss.shape == () and loss.dtype == torch.float32 and loss > 0
    assert prediction.grad.isfinite().all() and (prediction.grad.abs().sum(1) > 0).float().mean() > 0.5


def test_loss_falls_under_gradient_descent(task):
    prediction, label = make_prediction(task).requires_grad_(), make_label(task)
    optimizer = torch.optim.Adam([prediction], lr=0.1)
    losses = []
    for _ in range(20):
        losses.append(task.loss(prediction, label))
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize('device', DEVICES)
def test_loss_is_finite_under_bfloat16_autocast(task, device):
    head = task.build_head(8).to(device)
    features = torch.randn(2, 8, 3, 4, generator=torch.Generator().manual_seed(0)).to(device)
    with torch.autocast(device, torch.bfloat16):
        prediction = head(features)
        loss = task.loss(prediction, make_label(task).to(device))
    loss.backward()
    assert prediction.dtype in (torch.bfloat16, torch.float32)
    assert loss.dtype == torch.float32 and loss.isfinite()
    assert all(value.grad.isfinite().all() for value in head.parameters())


def test_nothing_to_learn_from_gives_zero_with_a_gradient_of_zero(task):
    prediction = make_prediction(task).requires_grad_()
    loss = task.loss(prediction, invalid_label(task))
    loss.backward()
    assert loss == 0 and (prediction.grad == 0).all()


def test_decode_keeps_size_and_gives_the_channels_of_the_label(task):
    decoded, label = task.decode(make_prediction(task)), make_label(task)
    assert decoded.shape == label.shape
    assert decoded.is_floating_point() == label.is_floating_point() and decoded.isfinite().all()


def test_perfect_prediction_gives_scores_that_nothing_beats(task):
    label = make_label(task)
    best = task.scores(task.statistics(label, label))
    other = task.scores(task.statistics(task.decode(make_prediction(task)), label))
    for name, up in task.higher_is_better.items():
        assert best[name] == pytest.approx(1.0 if up else 0.0, abs=1e-6)
        assert best[name] >= other[name] if up else best[name] <= other[name]
    record = task.metric_of_record
    assert best[record] != other[record]


def test_scores_are_the_declared_floats(task):
    scores = task.scores(task.statistics(task.decode(make_prediction(task)), make_label(task)))
    assert list(scores) == list(task.higher_is_better)
    assert all(type(value) is float for value in scores.values())


def test_statistics_of_single_images_add_up_to_those_of_the_batch(task):
    decoded, label = task.decode(make_prediction(task)), make_label(task)
    whole = task.statistics(decoded, label)
    parts = [task.statistics(decoded[i : i + 1], label[i : i + 1]) for i in range(2)]
    for name, value in whole.items():
        assert value.dtype == torch.float64
        # Sums of a few hundred float64 terms of one sign differ by rounding alone.
        torch.testing.assert_close(value, parts[0][name] + parts[1][name], rtol=1e-12, atol=0)


@pytest.mark.parametrize('device', DEVICES)
def test_statistics_stay_on_the_device_and_agree_with_the_cpu(task, device):
    decoded, label = task.decode(make_prediction(task)), make_label(task)
    there = task.statistics(decoded.to(device), label.to(device))
    for name, value in task.statistics(decoded, label).items():
        assert there[name].device.type == device
        torch.testing.assert_close(there[name].cpu(), value, rtol=1e-9, atol=1e-9)


def test_where_nothing_is_valid_every_score_is_nan(task):
    sums = task.statistics(task.decode(make_prediction(task)), invalid_label(task))
    assert all(np.isnan(value) for value in task.scores(sums).values())


def test_images_without_valid_pixels_do_not_count(task):
    decoded, label = task.decode(make_prediction(task)), make_label(task)
    sums = task.statistics(decoded, label)
    more = task.statistics(decoded, invalid_label(task))
    both = {name: value + more[name] for name, value in sums.items()}
    assert task.scores(both) == pytest.approx(task.scores(sums), nan_ok=True)


@pytest.mark.parametrize('of_prediction', [False, True])
def test_draw_gives_an_rgb_image(task, of_prediction):
    values = task.decode(make_prediction(task)) if of_prediction else make_label(task)
    image = task.draw(values[0])
    assert image.shape == (*SIZE, 3) and image.dtype == np.uint8
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 1


def test_best_constant_is_of_the_labels_kind_and_has_finite_scores(task):
    label = make_label(task)
    sums = task.constant_statistics(label[0])
    if not sums:
        pytest.skip('the task offers no best constant')
    more = task.constant_statistics(label[1])
    constant = task.best_constant({name: value + more[name] for name, value in sums.items()})
    assert constant.shape == (label.shape[1], 1, 1) and constant.dtype == label.dtype
    scores = task.scores(task.statistics(constant.expand_as(label), label))
    assert np.isfinite(scores[task.metric_of_record])


def test_critics_see_labels_in_the_form_of_predictions(task):
    label = make_label(task)
    try:
        maps, valid = task.critic_label(label)
    except (ConfigError, NotImplementedError) as error:
        pytest.skip(f'not with these settings: {error}')
    assert maps.shape == task.critic_input(make_prediction(task), label).shape and maps.dtype == torch.float32
    assert valid.shape == (2, 1, *SIZE) and valid.dtype == torch.bool
    assert not (maps * ~valid).any()
    assert not task.critic_label(invalid_label(task))[1].any()


def test_critics_see_float32_maps_that_give_the_prediction_a_gradient(task):
    prediction = make_prediction(task, dtype=torch.bfloat16).requires_grad_()
    maps = task.critic_input(prediction, make_label(task))
    maps.square().sum().backward()
    assert maps.shape == (2, task.critic_channels, *SIZE) and maps.dtype == torch.float32
    assert prediction.grad.isfinite().all() and prediction.grad.any()


def test_every_score_is_in_its_range(task):
    """The worst predictions and the right ones."""
    label = make_label(task)
    for prediction in (make_prediction(task), 1e4 * make_prediction(task, seed=2), 0 * make_prediction(task)):
        for metric, value in task.scores(task.statistics(task.decode(prediction), label)).items():
            least, most = task.range_of(metric)
            assert np.isnan(value) or least <= value <= most
