"""CCAM's exchange: the numbers of the paper, and the tensor that is never made."""

import math

import pytest
import torch
from model_stubs import parameters

from mtlbench.analysis.memory import peak_bytes
from mtlbench.errors import ConfigError
from mtlbench.models.exchanges import CCAMExchange
from mtlbench.models.exchanges.affinity import pooled_products

TASKS = ('semseg', 'depth')


def literal(first, second):
    """Every channel of one map times every channel of the other, position by position; then the mean."""
    return (first[:, :, None] * second[:, None]).mean((3, 4))


def random_maps(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return [torch.rand(shape, generator=generator, dtype=dtype).requires_grad_() for _ in range(2)]


def build(tasks=TASKS, channels=8, **options):
    torch.manual_seed(0)
    return CCAMExchange(tasks, channels, 2, **options)


def with_matrix(exchange, matrix):
    """The exchange with its affinity matrix given."""
    (pair,) = (pair for others in exchange.pairs.values() for pair in others.values())
    pair.affinity.forward = lambda first, second: (matrix[None], matrix.T[None])
    return exchange


@pytest.mark.parametrize(('channels', 'total'), [(64, 148_036), (128, 592_008), (256, 2_367_760)])
def test_parameters(channels, total):
    assert parameters(build(channels=channels)) == total
    assert parameters(build(('a', 'b', 'c'), channels)) == 3 * total


def test_products_equal_those_of_the_literal_tensor_with_their_gradients():
    found, expected = (random_maps(2, 16, 17, 23) for _ in range(2))
    weights = torch.randn(2, 16, 16, dtype=torch.float64)
    one, other = pooled_products(*found), literal(*expected)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    (one * weights).sum().backward()
    (other * weights).sum().backward()
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=1e-12)


def test_products_of_means_over_the_rows():
    first, second = random_maps(1, 3, 5, 7)
    spatial = torch.stack([torch.stack([a @ b.T for b in second[0]]) for a in first[0]])
    # The literal pooled value is 7 times as large, and pooled over 5 x 5 places.
    expected = spatial.mean((2, 3)) / 7
    torch.testing.assert_close(pooled_products(first, second, 'colmean')[0], expected)


def test_the_literal_tensor_is_never_held():
    """The whole module, forward and backward, holds some twenty maps; the tensor would be as large as 32 of them."""
    exchange = build(channels=32)
    features = {task: torch.randn(1, 32, 32, 32).requires_grad_() for task in TASKS}
    held = peak_bytes(lambda: sum(value.sum() for value in exchange(features).values()).backward())
    tensor = 4 * 32 * 32 * 32 * 32
    maps = 4 * 32 * 32 * 32
    assert held < 24 * maps < tensor


def test_identity_and_permutation():
    features = {task: torch.randn(1, 8, 3, 5) for task in TASKS}
    kept = with_matrix(build(), torch.zeros(8, 8))(features)
    assert all(torch.equal(kept[task], features[task]) for task in TASKS)
    turned = torch.eye(8)[torch.randperm(8, generator=torch.Generator().manual_seed(0))]
    found = with_matrix(build(), turned)(features)
    passed = torch.einsum('ij,njhw->nihw', turned, features['depth'])
    back = torch.einsum('ij,nihw->njhw', turned, features['semseg'])
    torch.testing.assert_close(found['semseg'], features['semseg'] + passed)
    torch.testing.assert_close(found['depth'], features['depth'] + back)


def test_a_channel_receives_one_in_all_at_the_start():
    exchange = build(channels=128)
    (pair,) = exchange.pairs['semseg'].values()
    torch.nn.init.zeros_(pair.affinity.score[2].weight)
    to_one, to_other = pair.affinity(*[torch.full((1, 128, 4, 6), 0.5)] * 2)
    assert to_one.min() > 0 and to_one.max() < 1
    torch.testing.assert_close(to_one.sum(2), torch.ones(1, 128), rtol=0, atol=1e-6)
    assert torch.equal(to_other, to_one.transpose(1, 2))


def test_attention_starts_half_open():
    (pair,) = build().pairs['semseg'].values()
    assert all(convs[-1].weight.count_nonzero() == 0 for convs in pair.spatial.values())
    one_deep = build(spatial_depth=1, zero_init_attention=False).pairs['semseg']['depth'].spatial['depth']
    assert len(one_deep) == 1
    assert one_deep[0].weight.count_nonzero() > 0


@pytest.mark.parametrize('norm', ['mean', 'row_softmax'])
def test_norms_of_the_matrix(norm):
    (pair,) = build(mix_norm=norm).pairs['semseg'].values()
    torch.nn.init.zeros_(pair.affinity.score[2].weight)
    to_one, to_other = pair.affinity(*random_maps(1, 8, 4, 6, dtype=torch.float32))
    expected = {'mean': 0.5 / 8, 'row_softmax': 1 / 8}[norm]
    for matrix in (to_one, to_other):
        torch.testing.assert_close(matrix, torch.full((1, 8, 8), expected))


def test_plain_bias():
    (pair,) = build(initial_bias=0.0).pairs['semseg'].values()
    assert pair.affinity.score[2].bias.count_nonzero() == 0
    (pair,) = build().pairs['semseg'].values()
    assert pair.affinity.score[2].bias[0].item() == pytest.approx(-math.log(7))


@pytest.mark.parametrize(
    'wrong', [dict(relation='spatial'), dict(mix_norm='sum'), dict(spatial_depth=0), dict(reduction=0)]
)
def test_unknown_choices(wrong):
    (key,) = wrong
    with pytest.raises(ConfigError, match=key):
        build(**wrong)
