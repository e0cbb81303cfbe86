"""Normals and edges of NYUDv2, as they are stored, and what tells that they are stored otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_colors, read_ids, read_npy
from mtlbench.errors import DataError
from mtlbench.structures import IGNORE_INDEX

LENGTHS = (0.9, 1.1)
"""Between which lengths of vectors with 8 bits a component lie."""
SURELY = 4
"""How much more sideways than here normals look where one frame tells that axes are swapped; in a corridor they may."""
SURELY_UP = 0.7
"""Mean y of what is below, where one frame tells; a cupboard below a camera that looks down by 30 degrees has 0.5."""
MOST_EDGES = 0.5
"""No image has boundaries on so large a share of its pixels."""
SHORT_SHARE = 0.05
"""Share of vectors of other lengths that resizing may leave at the borders of things."""


def read_vectors(path: Path, channels: Sequence[int]) -> NDArray[np.float32]:
    """Vectors (H, W, 3) as stored, whatever their lengths, from numbers or from an image of (n + 1) / 2 * 255."""
    stored = read_npy(path, ndim=3) if path.suffix == '.npy' else read_colors(path) * np.float32(2 / 255) - 1
    if stored.shape[2] != 3:
        raise DataError(f'{path} holds an array of shape {stored.shape}, expected three channels, the last axis')
    return np.ascontiguousarray(stored[..., list(channels)], np.float32)


def read_edges(path: Path) -> NDArray[np.float32]:
    """1 on the boundaries of things (H, W), else 0; beside edges of 1, 255 stands for ignored."""
    stored = _stored_edges(path)
    edges = (stored > 0).astype(np.float32)
    if (stored == 1).any():
        edges[stored == IGNORE_INDEX] = IGNORE_INDEX
    return edges


def _stored_edges(path: Path) -> NDArray:
    return read_npy(path, ndim=2) if path.suffix == '.npy' else read_ids(path)


def edge_doubts(path: Path) -> Iterator[Doubt]:
    """Values that are neither an edge nor none."""
    stored = _stored_edges(path)
    values = np.unique(stored)
    strange = values[~np.isin(values, (0, 1, IGNORE_INDEX))]
    if strange.size:
        yield Doubt(f'holds edges of {strange[0]:g}, expected 0 and 255, or 0 and 1; was it resized or compressed?')
    if (stored > 0).mean() > MOST_EDGES:
        yield Doubt('has more edges than other pixels; are 0 and 255 swapped?')


def normal_doubts(vectors: NDArray[np.float32]) -> Iterator[Doubt]:
    """Vectors (H, W, 3) in another encoding, or with other axes: floors look up, and visible surfaces look here."""
    lengths = np.linalg.norm(vectors, axis=-1)
    valid = abs(lengths - 1) < 0.5
    if not valid.any():
        return
    odd = ((lengths < LENGTHS[0]) | (lengths > LENGTHS[1]))[valid].mean()
    if odd > SHORT_SHARE:
        yield Doubt(f'{odd:.0%} of the normals are not of length 1; were they resized, or stored as (n + 1) / 2?')
    x, _, z = (float(part) for part in np.abs(vectors[valid].mean(0)))
    z = float(np.abs(vectors[valid][:, 2]).mean())
    if x > z:
        yield Doubt(
            "the normals look sideways rather than towards the camera; is the order of the channels 'zyx'? See "
            'normals_channels',
            shared=x < SURELY * z,
        )
    below = vectors[-(len(vectors) // 3) :, :, 1][valid[-(len(valid) // 3) :]]
    if below.size and below.mean() > 0:
        yield Doubt('the ground looks down (y above 0), expected y near -1; does y point up?', below.mean() < SURELY_UP)
