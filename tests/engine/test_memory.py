"""Counting the memory that tensors hold."""

import torch

from mtlbench.analysis.memory import peak_bytes

KILO = 1024
VALUES = KILO // 4


def test_what_is_held_at_once_is_counted_and_what_was_given_is_not():
    given = torch.zeros(VALUES)

    def run():
        first = given + 1
        second = first * 2
        del first
        return (second - 1).sum()

    assert 2 * KILO <= peak_bytes(run) < 2 * KILO + 64


def test_views_and_changes_in_place_hold_nothing_more():
    def run():
        values = torch.zeros(2, VALUES // 2)
        values.t()[1:].add_(1).mul_(2)

    assert peak_bytes(run) == KILO


def test_what_a_backward_pass_needs_is_held_until_it_is_run():
    given = torch.zeros(VALUES, requires_grad=True)

    def run(layers):
        values = given
        for _ in range(layers):
            values = values.exp()
        values.sum().backward()
        given.grad = None

    with torch.no_grad():
        without = peak_bytes(lambda: given.exp().exp().exp().exp())
    assert without < 3 * KILO
    assert peak_bytes(lambda: run(8)) >= 8 * KILO
