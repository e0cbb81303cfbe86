"""Losses against the published definitions, plain loops and numeric gradients."""

import math

import pytest
import torch
from torch.nn import functional as F

from mtlbench.tasks.losses import berhu, cosine_loss, cross_entropy


def berhu_by_loop(prediction, target, valid):
    errors = [abs(t - p) if m else 0.0 for p, t, m in zip(prediction, target, valid, strict=True)]
    bound = 0.2 * max(errors)
    terms = [e if e <= bound else (e * e + bound * bound) / (2 * bound) for e in errors]
    return sum(terms) / len(terms)


@pytest.mark.parametrize(('last', 'expected'), [(True, 8.0625), (False, 3.1416667)])
def test_berhu_gives_the_published_values(last, expected):
    prediction = torch.tensor([1.0, 2.0, 3.0, 10.0], dtype=torch.float64)
    loss = berhu(prediction, torch.zeros(4, dtype=torch.float64), torch.tensor([True, True, True, last]))
    assert loss.item() == pytest.approx(expected, abs=1e-7)


def test_berhu_equals_a_plain_loop():
    draw = torch.Generator().manual_seed(3)
    prediction, target = torch.randn(2, 60, generator=draw, dtype=torch.float64)
    valid = torch.rand(60, generator=draw) > 0.3
    expected = berhu_by_loop(prediction.tolist(), target.tolist(), valid.tolist())
    assert berhu(prediction, target, valid).item() == pytest.approx(expected, rel=1e-12)


def test_berhu_over_the_valid_pixels_alone():
    prediction = torch.tensor([1.0, 2.0, 3.0, 10.0], dtype=torch.float64)
    valid = torch.tensor([True, True, True, False])
    loss = berhu(prediction, torch.zeros(4, dtype=torch.float64), valid, over_valid=True)
    assert loss.item() == pytest.approx(3.1416667 * 4 / 3, abs=1e-6)
    assert berhu(prediction, torch.zeros(4, dtype=torch.float64), ~(valid | ~valid), over_valid=True) == 0


def test_berhu_of_no_error_is_zero_with_a_gradient_of_zero():
    prediction = torch.full((5,), 2.0, requires_grad=True)
    loss = berhu(prediction, torch.full((5,), 2.0), torch.ones(5, dtype=torch.bool))
    loss.backward()
    assert loss == 0 and (prediction.grad == 0).all()


def test_berhu_takes_its_bound_as_a_constant():
    """Only the error's own branch has a gradient: 1/n below the bound, e/(c n) above it."""
    prediction = torch.tensor([1.0, 2.0, 3.0, 10.0], dtype=torch.float64, requires_grad=True)
    berhu(prediction, torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.bool)).backward()
    torch.testing.assert_close(prediction.grad, torch.tensor([1.0, 1.0, 1.5, 5.0], dtype=torch.float64) / 4)


def test_cosine_loss_over_all_pixels_counts_the_invalid_ones_as_zeros():
    target = torch.tensor([0.0, 0.0, 1.0]).view(1, 3, 1, 1).expand(1, 3, 1, 2)
    valid = torch.tensor([[[True, False]]])
    assert cosine_loss(-target, target, valid, over_valid=False) == pytest.approx(2 / 2)
    assert cosine_loss(-target, target, valid) == pytest.approx(2)


def test_cosine_loss_of_known_angles():
    target = torch.tensor([0.0, 0.0, 1.0]).view(1, 3, 1, 1).expand(1, 3, 1, 3)
    prediction = torch.tensor([[0.0, 0.0, 5.0], [2.0, 0.0, 2.0], [0.0, 0.0, -1.0]]).T.view(1, 3, 1, 3)
    loss = cosine_loss(prediction, target, torch.tensor([[[True, True, False]]]))
    assert loss.item() == pytest.approx((1 - math.sqrt(0.5)) / 2, abs=1e-6)


def test_cosine_loss_has_a_finite_gradient_at_a_prediction_of_zero():
    prediction = torch.zeros(1, 3, 2, 2, requires_grad=True)
    cosine_loss(
        prediction, F.normalize(torch.ones(1, 3, 2, 2), dim=1), torch.ones(1, 2, 2, dtype=torch.bool)
    ).backward()
    assert prediction.grad.isfinite().all()


def test_cross_entropy_is_the_mean_over_the_pixels_that_count():
    logits = torch.tensor([[0.0, 0.0], [0.0, 2.0], [3.0, 1.0]], dtype=torch.float64).T.reshape(1, 2, 1, 3)
    loss = cross_entropy(logits, torch.tensor([[[0, 1, 255]]]))
    assert loss.item() == pytest.approx((math.log(2) + math.log(1 + math.exp(-2))) / 2, rel=1e-12)


def test_weighted_cross_entropy_of_the_published_example():
    """Logits (0, 0) with label 0 and (0, 2) with label 1, weights 0.05 and 0.95; a third pixel is ignored."""
    logits = torch.tensor([[0.0, 0.0], [0.0, 2.0], [9.0, 0.0]], dtype=torch.float64).T.reshape(1, 2, 1, 3)
    weights = torch.tensor([0.05, 0.95], dtype=torch.float64)
    loss = cross_entropy(logits, torch.tensor([[[0, 1, 255]]]), weights=weights)
    assert loss.item() == pytest.approx(0.155239, abs=5e-7)


def test_cross_entropy_with_equal_weights_is_that_without():
    draw = torch.Generator().manual_seed(8)
    logits, label = torch.randn(2, 3, 4, 5, generator=draw), torch.randint(3, (2, 4, 5), generator=draw)
    label[1, 2] = 255
    torch.testing.assert_close(
        cross_entropy(logits, label, weights=torch.full((3,), 0.7)), cross_entropy(logits, label)
    )


@pytest.mark.parametrize('kind', ['cross_entropy', 'weighted', 'cosine'])
def test_gradients_are_the_numeric_ones(kind):
    draw = torch.Generator().manual_seed(5)
    prediction = torch.randn(2, 3, 3, 2, generator=draw, dtype=torch.float64, requires_grad=True)
    if kind != 'cosine':
        weights = torch.tensor([0.2, 1.5, 0.7], dtype=torch.float64) if kind == 'weighted' else None
        label = torch.randint(3, (2, 3, 2), generator=draw)
        label[0, 0] = 255
        assert torch.autograd.gradcheck(lambda p: cross_entropy(p, label, weights=weights), prediction)
    else:
        target = F.normalize(torch.randn(2, 3, 3, 2, generator=draw, dtype=torch.float64), dim=1)
        valid = torch.rand(2, 3, 2, generator=draw) > 0.3
        assert torch.autograd.gradcheck(lambda p: cosine_loss(p, target, valid), prediction)
