"""Spectra and roots of Gramians, and least squares over weights of 0 or more."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlbench.balancers.weighting import SolverError

RANK_TOLERANCE = 1e-6
"""Share of the largest eigenvalue below which an eigenvalue of the cosines counts as zero.

Gramians are float64, but their noise is that of float32 gradients. The rank would otherwise depend on this noise.
"""


def spectrum(gramian: Tensor) -> tuple[Tensor, Tensor]:
    """Return the eigenvalues (r,) of a Gramian of rank r that are not zero, and their eigenvectors (m, r), ascending.

    The rank is that of gradients of length 1: noise is relative to the length, so a short gradient is no noise.
    """
    lengths = gramian.diagonal().sqrt()
    shares = torch.linalg.eigvalsh(gramian / lengths / lengths[:, None])
    rank = int((shares > RANK_TOLERANCE * shares[-1]).sum())
    values, vectors = torch.linalg.eigh(gramian)
    return values[-rank:], vectors[:, -rank:]


def root_of(gramian: Tensor) -> Tensor:
    """Return a matrix R (m, m) with R^T R = G, whose columns stand for the gradients of the tasks."""
    values, vectors = torch.linalg.eigh(gramian)
    return values.clamp(min=0).sqrt()[:, None] * vectors.T


def nonnegative_least_squares(matrix: Tensor, target: Tensor) -> Tensor:
    """Return the x >= 0 that minimizes abs(matrix x - target), with the active-set method of scipy.

    Args:
        matrix: Matrix (rows, m), float64.
        target: Target (rows,), float64.

    Raises:
        SolverError: When the solver does not converge.
    """
    from scipy.optimize import nnls  # loads slowly, and only two balancers need it

    try:
        found, _ = nnls(matrix.numpy(), target.numpy())
    except RuntimeError as error:
        raise SolverError(f'least squares: {error}') from error
    return torch.from_numpy(found)
