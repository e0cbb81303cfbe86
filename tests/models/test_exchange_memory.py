"""Memory of the correlation attention (xTAM): the correlation itself is never held."""

import pytest
import torch

from mtlbench.analysis.memory import peak_bytes
from mtlbench.models.exchanges.correlation import SpatialAttention

CHANNELS, SIZE = 4, (48, 64)


def held(softmax_over, memory_format, scale):
    attention = SpatialAttention(CHANNELS, 1, 1, softmax_over)
    height, width = (scale * side for side in SIZE)
    maps = [torch.randn(1, CHANNELS, height, width).contiguous(memory_format=memory_format) for _ in range(2)]
    for one in maps:
        one.requires_grad_()
    return peak_bytes(lambda: attention(*maps).sum().backward())


@pytest.mark.parametrize('softmax_over', ['source', 'target'])
@pytest.mark.parametrize('memory_format', [torch.contiguous_format, torch.channels_last], ids=str)
def test_memory_grows_with_the_positions_and_not_with_their_square(softmax_over, memory_format):
    one, four = (held(softmax_over, memory_format, scale) for scale in (1, 2))
    # Held all at once, the correlation of 3072 with 3072 positions would be 38 MB, and sixteen times that at four
    # times the area.
    assert four < 4.5 * one
    assert four < 4 * (4 * SIZE[0] * SIZE[1]) ** 2 / 10


def test_many_sources_at_a_time_are_a_few_sources_at_a_time():
    """Source positions are taken in pieces where the weights of each are a softmax over the targets."""
    attention = SpatialAttention(8, 1, 1, 'target')
    query, key, value = (torch.randn(2, count, 8, dtype=torch.float64, requires_grad=True) for count in (50, 300, 300))
    expected = (query @ key.transpose(1, 2) / 8**0.5).softmax(1) @ value
    found = attention._attend(query, key, value)
    torch.testing.assert_close(found, expected)
    for one, other in zip(
        torch.autograd.grad(found.square().sum(), (query, key, value)),
        torch.autograd.grad(expected.square().sum(), (query, key, value)),
        strict=True,
    ):
        torch.testing.assert_close(one, other)
