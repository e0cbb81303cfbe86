"""Segmentation as the robustness paper trains it: weighted classes, other divisors, a background, a wider head."""

import math

import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.structures import register_class_set
from mtlbench.tasks import DisparityDepthTask, SemSegTask
from mtlbench.tasks.losses import class_weights, cross_entropy

register_class_set('weights_3', 'abc', [(10, 0, 0), (0, 20, 0), (0, 0, 30)])
SHARES = [0.5, 0.3, 0.01]


@pytest.fixture
def data():
    draw = torch.Generator().manual_seed(0)
    label = torch.randint(3, (2, 1, 4, 5), generator=draw)
    label[0, 0, :2], label[1, 0, 0, 0] = 255, 255
    return torch.randn(2, 3, 4, 5, generator=draw), label


def task(**options):
    return SemSegTask('weights_3', class_weights=dict(shares=SHARES), **options)


def by_hand(logits, label, weights, norm):
    """Equation 1, pixel by pixel, in float64."""
    total, weight, valid, pixels = 0.0, 0.0, 0, 0
    for n in range(2):
        for y in range(4):
            for x in range(5):
                pixels, name = pixels + 1, int(label[n, 0, y, x])
                if name != 255:
                    values = [math.exp(float(value)) for value in logits[n, :, y, x]]
                    total -= weights[name] * math.log(values[name] / sum(values))
                    weight, valid = weight + weights[name], valid + 1
    return total / dict(pixels=pixels, valid=valid, weight_sum=weight)[norm]


def test_enets_weights():
    assert class_weights([0.0]).item() == pytest.approx(50.498, abs=1e-3)
    assert class_weights([0.0], 1.10).item() == pytest.approx(10.492, abs=1e-3)
    assert class_weights([1.0]).item() == pytest.approx(1.422, abs=1e-3)


@pytest.mark.parametrize('norm', ['pixels', 'valid', 'weight_sum'])
def test_the_loss_is_that_of_a_plain_loop(data, norm):
    weights = [1 / math.log(1.02 + share) for share in SHARES]
    assert task(ce_norm=norm).loss(*data).item() == pytest.approx(by_hand(*data, weights, norm), rel=1e-5)
    plain = SemSegTask('weights_3', ce_norm=norm)
    assert plain.loss(*data).item() == pytest.approx(by_hand(*data, [1.0] * 3, norm), rel=1e-5)


@pytest.mark.parametrize('norm', ['pixels', 'valid', 'weight_sum'])
def test_without_labels_the_loss_is_zero_and_has_a_gradient(data, norm):
    logits = data[0].requires_grad_()
    loss = task(ce_norm=norm).loss(logits, torch.full_like(data[1], 255))
    loss.backward()
    assert loss == 0 and not logits.grad.any()


def test_an_attack_may_leave_the_weights_out(data):
    assert task().attack_loss(*data) == task().loss(*data)
    unweighted = task(attack_weights=False)
    assert unweighted.attack_loss(*data) == SemSegTask('weights_3').loss(*data)
    by_pixel, _ = unweighted.losses_by_pixel(*data)
    assert torch.equal(by_pixel, SemSegTask('weights_3').losses_by_pixel(*data)[0])
    assert not torch.equal(by_pixel, task().losses_by_pixel(*data)[0])


def test_a_background_is_never_right(data):
    with_background = task(background=True)
    assert with_background.out_channels == 4 and with_background.weights[3] == 0
    logits = torch.cat([data[0], torch.full((2, 1, 4, 5), -50.0)], 1)
    assert torch.allclose(with_background.loss(logits, data[1]), task().loss(*data))
    scores = [with_background.scores(with_background.statistics(with_background.decode(each), data[1]))
              for each in (logits, logits.index_fill(1, torch.tensor([3]), 50.0))]  # fmt: skip
    assert scores[0] == task().scores(task().statistics(task().decode(data[0]), data[1]))
    assert scores[1]['miou'] == scores[1]['pixel_acc'] == 0
    assert not with_background.draw(torch.full((1, 2, 2), 3)).any()


def test_the_head():
    head = task(head_kernel=3).build_head(16)
    assert sum(value.numel() for value in head.parameters()) == 3 * (16 * 9 + 1)
    maps = torch.randn(1, 16, 4, 5)
    padded = torch.nn.functional.pad(maps, (1, 1, 1, 1), mode='reflect')
    assert torch.allclose(head(maps), torch.nn.functional.conv2d(padded, head.weight, head.bias), atol=1e-6)


def test_near_depths_first():
    head = DisparityDepthTask(initial_bias=5.0).build_head(4)
    assert 4 < head.conv.bias.item() < 6, 'about 5, beside the usual small start'


@pytest.mark.parametrize(
    ('options', 'said'),
    [(dict(ce_norm='mean'), 'ce_norm is'), (dict(class_weights=dict(shares=[0.1])), '1 shares')],
    ids=['norm', 'shares'],
)
def test_senseless_options_are_told(options, said):
    with pytest.raises(ConfigError, match=said):
        SemSegTask('weights_3', **options)


def test_weights_in_the_mean_alone():
    """A class of weight zero counts in no divisor by weights."""
    logits, label = torch.zeros(1, 2, 1, 2), torch.tensor([[[0, 1]]])
    assert cross_entropy(logits, label, weights=torch.tensor([2.0, 0.0])).item() == pytest.approx(math.log(2))
