"""GradDrop against plain loops and a published example."""

import pytest
import torch

from mtlbench import processes
from mtlbench.balancers import GradDrop
from mtlbench.balancers.gradients.graddrop import sign_mask

TASKS = ('semseg', 'depth', 'normals')


def drawn_maps():
    torch.manual_seed(3)
    maps, gradients = torch.randn(2, 3, 4, 5), torch.randn(3, 2, 3, 4, 5)
    maps[:, 0, 0, 0] = 0
    return maps, gradients


def plain(maps, gradients, leak, numbers):
    """The paper's algorithm, entry by entry."""
    result = torch.zeros_like(maps)
    for place in [(c, h, w) for c in range(3) for h in range(4) for w in range(5)]:
        signed = [sum(one[n][place] * maps[n][place].sign() for n in range(2)).item() for one in gradients]
        size = sum(abs(one) for one in signed)
        purity = 0.5 * (1 + sum(signed) / size) if size else float('nan')
        for value, one in zip(signed, gradients, strict=True):
            kept = (purity > numbers[place] and value > 0) or (purity < numbers[place] and value < 0)
            for n in range(2):
                result[n][place] += (1 if kept else leak) * one[n][place]
    return result


@pytest.mark.parametrize('leak', [0.0, 0.3, 1.0])
def test_the_update_is_that_of_plain_loops(leak):
    maps, gradients = drawn_maps()
    numbers = torch.rand(3, 4, 5, generator=torch.Generator().manual_seed(7))
    with processes.draw_in_common(7):
        found = GradDrop(TASKS, leak).combine(maps, gradients)
    torch.testing.assert_close(found, plain(maps, gradients, leak, numbers))


def test_known_gradients_are_kept():
    gradients = torch.tensor([[1.0, -2, 0, 3], [2, 1, 0, -1]])
    numbers = torch.tensor([0.970053, 0.707820, 0.459383, 0.920748])
    kept = (sign_mask(gradients, numbers) * gradients).sum(0)
    assert kept.tolist() == [3, -2, 0, -1]


def test_gradients_of_one_sign_are_all_kept():
    maps, gradients = drawn_maps()
    maps = maps.abs() + 0.1
    torch.testing.assert_close(GradDrop(TASKS).combine(maps, gradients.abs()), gradients.abs().sum(0))


def test_the_signs_count_over_all_processes(monkeypatch):
    """Halves of a batch in two processes have the masks of the whole batch."""
    maps, gradients = drawn_maps()
    with processes.draw_in_common(7):
        whole = GradDrop(TASKS).combine(maps, gradients)
    shares = [(gradients[:, n : n + 1] * maps[n : n + 1].sign()).sum(1) for n in range(2)]
    monkeypatch.setattr(processes, 'everywhere', lambda own: torch.stack(shares))
    for n in range(2):
        with processes.draw_in_common(7):
            found = GradDrop(TASKS).combine(maps[n : n + 1], gradients[:, n : n + 1])
        torch.testing.assert_close(found, whole[n : n + 1])
