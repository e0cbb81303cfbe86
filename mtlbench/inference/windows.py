"""Sliding windows over large images, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtlbench.inference.forward import Forward, Images
from mtlbench.inference.sizes import Size

OVERLAP = 0.25
"""Overlap of neighboring windows, as a fraction of their side."""


class Part(NamedTuple):
    """Interval of an axis that a window covers, and the weights of its pixels; those of all windows add to 1."""

    start: int
    stop: int
    weights: Tensor


def partition(length: int, side: int, multiple: int) -> list[Part]:
    """Divide an axis into windows that overlap.

    Args:
        length: Length of the axis, at least ``side``.
        side: Side of the windows.
        multiple: Divisor of ``length`` and ``side``, and of all starts, so that windows keep the grid of the image.
    """
    step = max(int(side * (1 - OVERLAP)) // multiple, 1) * multiple
    starts = [*range(0, length - side, step), length - side]
    ramp = torch.arange(1, side + 1, dtype=torch.float32)
    raw = torch.zeros(len(starts), length)
    for weights, start in zip(raw, starts, strict=True):
        rising = ramp if start > 0 else torch.full_like(ramp, side)
        falling = ramp.flip(0) if start + side < length else torch.full_like(ramp, side)
        weights[start : start + side] = torch.minimum(rising, falling).clamp(max=max(side - step, 1))
    raw /= raw.sum(0)
    return [
        Part(start, start + side, weights[start : start + side]) for weights, start in zip(raw, starts, strict=True)
    ]


def bands(forward: Forward, images: Images, window: Size, multiple: int) -> Iterator[dict[str, Tensor]]:
    """Predict images window by window, and blend the windows where they overlap.

    Memory holds the predictions of one row of windows at a time.

    Args:
        forward: Prediction of one window.
        images: Images of equal size.
        window: Size (height, width) of the windows, multiples of ``multiple``; at most the size of the images, rounded
            up to multiples, is used.
        multiple: Divisor of the sides that the network receives.

    Yields:
        Raw predictions (N, C, rows, W) of each task for the next rows of the images, from top to bottom.
    """
    height, width = images[0].shape[:2]
    padded = [_padded(image, multiple) for image in images]
    rows, columns = (
        partition(length, min(side, length), multiple) for length, side in zip(padded[0].shape[:2], window, strict=True)
    )
    pending: dict[str, Tensor] = {}
    for number, row in enumerate(rows):
        strip = _strip(forward, [image[row.start : row.stop] for image in padded], columns)
        for name, value in strip.items():
            value *= row.weights.to(value)[:, None]
            if name in pending:
                value[..., : pending[name].shape[-2], :] += pending[name]
        done = min(rows[number + 1].start if number + 1 < len(rows) else height, height) - row.start
        pending = {name: value[..., done:, :].clone() for name, value in strip.items()}
        if done > 0:
            yield {name: value[..., :done, :width] for name, value in strip.items()}


def _strip(forward: Forward, images: Images, columns: list[Part]) -> dict[str, Tensor]:
    """Return the predictions (N, C, h, W) of a row of windows."""
    strip: dict[str, Tensor] = {}
    for column in columns:
        crops = [image[:, column.start : column.stop] for image in images]
        for name, value in forward(crops, crops[0].shape[:2]).items():
            if name not in strip:
                strip[name] = value.new_zeros(*value.shape[:3], columns[-1].stop)
            strip[name][..., column.start : column.stop] += value * column.weights.to(value)
    return strip


def _padded(image: NDArray[np.uint8], multiple: int) -> NDArray[np.uint8]:
    """Repeat the last row and column until the sides of the image are multiples."""
    missing = [-side % multiple for side in image.shape[:2]]
    return np.pad(image, ((0, missing[0]), (0, missing[1]), (0, 0)), mode='edge')
