"""Readers of NYUDv2's normals and edges, and checks of their encoding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_colors, read_ids, read_npy
from mtlbench.errors import DataError
from mtlbench.structures import IGNORE_INDEX

LENGTH_TOLERANCE = 0.5
"""Largest deviation from length 1. Valid 8-bit normals deviate by at most 0.03; gray and black mark invalid ones."""
LENGTHS = (0.9, 1.1)
"""Range of lengths of vectors stored with 8 bits per component."""
SURELY = 4
"""Ratio of sideways to camera-facing normals at which one frame proves swapped axes; a corridor may exceed 1."""
SURELY_UP = 0.7
"""Mean y of the lower part at which one frame proves a flipped axis.

A cupboard below a camera that looks down by 30 degrees has 0.5.
"""
MOST_EDGES = 0.5
"""Share of boundary pixels that no image exceeds."""
SHORT_SHARE = 0.05
"""Share of vectors of other lengths that resizing may leave at object borders."""


def read_vectors(path: Path) -> NDArray[np.float32]:
    """Return the vectors (H, W, 3) as stored, of any length, from an array or from an image of (n + 1) / 2 * 255.

    Raises:
        DataError: If the file cannot be read or does not have three channels.
    """
    is_array = path.suffix.lower() == '.npy'
    stored = read_npy(path, ndim=3) if is_array else read_colors(path) * np.float32(2 / 255) - 1
    if stored.shape[2] != 3:
        raise DataError(f'{path} holds an array of shape {stored.shape}, expected three channels in the last axis')
    return stored.astype(np.float32, copy=False)


def unit_vectors(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors (..., 3) at unit length; those of a length that is far from 1 become 0 (invalid)."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    valid = abs(lengths - 1) < LENGTH_TOLERANCE
    return np.where(valid, vectors / np.where(valid, lengths, 1), np.float32(0))


def read_edges(path: Path) -> NDArray[np.float32]:
    """Return a map (H, W) that is 1 on object boundaries, else 0. If edges are stored as 1, 255 stands for ignored."""
    stored = _stored_edges(path)
    edges = (stored > 0).astype(np.float32)
    if (stored == 1).any():
        edges[stored == IGNORE_INDEX] = IGNORE_INDEX
    return edges


def _stored_edges(path: Path) -> NDArray:
    return read_npy(path, ndim=2) if path.suffix == '.npy' else read_ids(path)


def edge_doubts(path: Path) -> Iterator[Doubt]:
    """Yield doubts about values other than edge, no edge and ignored, and about swapped values."""
    stored = _stored_edges(path)
    values = np.unique(stored)
    strange = values[~np.isin(values, (0, 1, IGNORE_INDEX))]
    if strange.size:
        yield Doubt(f'holds the value {strange[0]:g}, expected 0 and 255, or 0 and 1; was it resized or compressed?')
    if (stored > 0).mean() > MOST_EDGES:
        yield Doubt('has more edge pixels than others; are 0 and 255 swapped?')


def normal_doubts(vectors: NDArray[np.float32]) -> Iterator[Doubt]:
    """Yield doubts about the encoding and the axes of vectors (H, W, 3).

    Floors face up, and visible surfaces face the camera.
    """
    lengths = np.linalg.norm(vectors, axis=-1)
    valid = abs(lengths - 1) < LENGTH_TOLERANCE
    if not valid.any():
        return
    odd = ((lengths < LENGTHS[0]) | (lengths > LENGTHS[1]))[valid].mean()
    if odd > SHORT_SHARE:
        yield Doubt(f'{odd:.0%} of the normals do not have length 1; were they resized, or stored as (n + 1) / 2?')
    x, _, z = (float(part) for part in np.abs(vectors[valid].mean(0)))
    z = float(np.abs(vectors[valid][:, 2]).mean())
    if x > z:
        yield Doubt(
            "the normals point sideways rather than towards the camera; is the channel order 'zyx'? See "
            'normals_channels',
            shared=x < SURELY * z,
        )
    below = vectors[-(len(vectors) // 3) :, :, 1][valid[-(len(valid) // 3) :]]
    if below.size and below.mean() > 0:
        yield Doubt('the ground faces down (y above 0), expected y near -1; does y point up?', below.mean() < SURELY_UP)
