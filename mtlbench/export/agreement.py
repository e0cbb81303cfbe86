"""Comparison of an exported file with the network that it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from mtlbench.errors import ExportError
from mtlbench.export.formats import Format, Run
from mtlbench.export.network import ExportedNetwork, Size, example

TOLERANCE = 1e-3
"""Difference of two numbers, relative to 1 + their magnitude, above which they differ. Float32 in another order of
summation stays far below it, except where a task divides by a prediction close to zero."""
ACCEPTED = 1e-2
"""Share of values that may differ: ids flip where two logits are almost equal, and depths explode where the encoded
depth is almost zero; networks with random weights have up to 0.3 % of these. A border of one pixel that is padded
wrongly is 2 % of the images."""


class Agreement(NamedTuple):
    """Agreement of one output of an exported file with the network.

    Args:
        format: Name of the format.
        task: Task of the output.
        largest: Largest difference of numbers; None for ids.
        share: Share of differing ids, or of numbers that differ by more than :data:`TOLERANCE`.
    """

    format: str
    task: str
    largest: float | None
    share: float


def trials(network: ExportedNetwork, size: Size | None) -> list[Tensor]:
    """Return images of several batch sizes and, unless the size is fixed, several sizes."""
    side, step = network.usual_side, network.size_multiple
    sizes = [size] * 2 if size else [Size(side, side), Size(side + step, side), Size(side, side + 2 * step)]
    return [example(batch, one, seed=batch) for batch, one in enumerate(sizes, start=1)]


@torch.no_grad()
def compare(kind: Format, network: ExportedNetwork, run: Run, images: Iterable[Tensor]) -> list[Agreement]:
    """Compare a loaded file with the network, and return the largest deviations by task.

    Raises:
        ExportError: When the outputs do not agree.
    """
    worst = {name: Agreement(kind.name, name, None, 0.0) for name in network.tasks}
    for batch in images:
        expected, found = network(batch), _run(kind, run, batch)
        if list(found) != list(expected):
            raise ExportError(f'{kind.file} has the outputs {list(found)}, not {list(expected)}')
        for name, value in expected.items():
            worst[name] = _worse(worst[name], _agreement(kind, name, value, found[name]))
    for one in worst.values():
        if one.share > ACCEPTED:
            raise ExportError(
                f"{kind.file} disagrees with the network: {100 * one.share:.3g} % of '{one.task}' differ; nothing was "
                'written; use another format'
            )
    return list(worst.values())


def _run(kind: Format, run: Run, batch: Tensor) -> dict[str, Tensor]:
    try:
        return run(batch)
    except Exception as error:  # runtimes raise errors of many classes
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise ExportError(
            f'{kind.file} fails on images of shape {tuple(batch.shape)} ({first:.160}); fix the size with --size HxW, '
            'or use another format'
        ) from error


def _agreement(kind: Format, task: str, expected: Tensor, found: Tensor) -> Agreement:
    if (found.shape, found.dtype) != (expected.shape, expected.dtype):
        raise ExportError(
            f"{kind.file} gives '{task}' as {found.dtype} {tuple(found.shape)}, not {expected.dtype} "
            f'{tuple(expected.shape)}; use another format'
        )
    if not expected.is_floating_point():
        return Agreement(kind.name, task, None, (found != expected).double().mean().item())
    distance = (found - expected).abs()
    close = distance <= TOLERANCE * (1 + expected.abs())
    return Agreement(kind.name, task, distance.max().item(), (~close).double().mean().item())


def _worse(one: Agreement, other: Agreement) -> Agreement:
    largest = [each.largest for each in (one, other) if each.largest is not None]
    return one._replace(largest=max(largest, default=None), share=max(one.share, other.share))
