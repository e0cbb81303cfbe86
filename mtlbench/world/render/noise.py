"""Smooth random functions of space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SIZE = 64
_TABLE = np.random.default_rng(20).random(_SIZE**3).astype(np.float32)


def value_noise(points: NDArray) -> NDArray[np.float32]:
    """Return smooth values (N,) in 0..1 at points (N, 3), with a wavelength of about 2 and a period of 64."""
    cell = np.floor(points)
    part = (points - cell).astype(np.float32)
    part *= part * (3 - 2 * part)
    low = cell.astype(np.int64) & (_SIZE - 1)
    high = (low + 1) & (_SIZE - 1)
    x, y, z = part.T
    rows = [(a * _SIZE + b) * _SIZE for a in (low[:, 0], high[:, 0]) for b in (low[:, 1], high[:, 1])]
    edges = [_lerp(_TABLE[row + low[:, 2]], _TABLE[row + high[:, 2]], z) for row in rows]
    return _lerp(_lerp(edges[0], edges[1], y), _lerp(edges[2], edges[3], y), x)


def fractal(points: NDArray, octaves: int) -> NDArray[np.float32]:
    """Return noise (N,) of several wavelengths, in 0..1."""
    total = np.zeros(len(points), np.float32)
    for octave in range(octaves):
        total += value_noise(points * 2.03**octave + 11.7 * octave) * np.float32(0.5**octave)
    return total / np.float32(2 - 0.5 ** (octaves - 1))


def _lerp(first: NDArray, second: NDArray, share: NDArray) -> NDArray:
    return first + (second - first) * share
