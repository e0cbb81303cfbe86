"""Regularization of convolutions towards orthogonal filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.objectives.base import Objective
from mtlbench.objectives.step import Step
from mtlbench.processes import common_generator
from mtlbench.registry import OBJECTIVES
from mtlbench.structures import Network

EPS = 1e-12


@OBJECTIVES.register_module()
class OrthogonalRegularization(Objective):
    """Spectral norm of ``W W^T - I``, summed over all convolutions (SRIP; CCAM, section 3.4).

    ``W`` is the weight of a convolution as a matrix with one filter per row; the smaller of the two products is used.
    The norm is estimated by power iteration without forming the product, from a random start that all processes share.

    Args:
        parts: Parts of the network whose convolutions are regularized, such as ``'decoders.depth'``.
        weight: Weight of the sum; a hook may change it during training.
        iterations: Number of power iterations, 1 or more.
        power: 1 for the norm; 2 for its square, as in SRIP's released code.

    Raises:
        ConfigError: When a number is out of range or, at the first update, when the network has no such part.
    """

    streams = ()

    def __init__(
        self, parts: Sequence[str] = ('encoder', 'decoders'), weight: float = 1e-4, iterations: int = 1, power: int = 1
    ) -> None:
        super().__init__()
        if iterations < 1 or power not in (1, 2):
            raise ConfigError(
                f'OrthogonalRegularization: expected iterations >= 1 and power 1 or 2, got {iterations} and {power}'
            )
        self.parts, self.weight, self.iterations, self.power = tuple(parts), weight, iterations, power

    def losses(self, step: Step) -> dict[str, Tensor]:
        """Return one term, ``orthogonal``."""
        weights = convolutions(step.network, self.parts)
        with torch.autocast(weights[0].device.type, enabled=False):
            norms = [
                deviation_norms(group, self.iterations, common_generator())
                for group in _grouped(map(as_matrix, weights))
            ]
            return {'orthogonal': self.weight * torch.cat(norms).pow(self.power).sum()}


def convolutions(network: Network, parts: Sequence[str]) -> list[Tensor]:
    """Return the weights of all convolutions of some parts of a network.

    Raises:
        ConfigError: When the network has no such part, or the parts have no convolution.
    """
    found: list[Tensor] = []
    for part in parts:
        try:
            inside: Any = network.get_submodule(part).modules()
        except AttributeError as error:
            raise ConfigError(f"OrthogonalRegularization: parts: the network has no part '{part}' ({error})") from error
        found += [module.weight for module in inside if isinstance(module, nn.Conv2d)]
    if not found:
        raise ConfigError(f'OrthogonalRegularization: parts: no convolution in {", ".join(parts)}; name other parts')
    return found


def as_matrix(weight: Tensor) -> Tensor:
    """Return the weight of a convolution as a matrix with no more rows than columns.

    The order of the columns does not affect the norm; this order needs no copy of a channels-last weight.
    """
    matrix = weight.float().permute(0, 2, 3, 1).flatten(1)
    return matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T


def deviation_norms(matrices: Tensor, iterations: int = 1, generator: torch.Generator | None = None) -> Tensor:
    """Estimate the spectral norms of ``X X^T - I`` from below.

    Args:
        matrices: Matrices X (B, rows, columns).
        iterations: Number of power iterations.
        generator: CPU generator of the start; None: torch's global one.

    Returns:
        Estimates (B), differentiable through the iterations.
    """

    def deviation(vectors: Tensor) -> Tensor:
        return matrices @ (matrices.transpose(1, 2) @ vectors) - vectors

    vectors = torch.rand(*matrices.shape[:2], 1, dtype=matrices.dtype, generator=generator).to(matrices.device)
    for _ in range(iterations):
        vectors = deviation(vectors)
        vectors = vectors / torch.linalg.vector_norm(vectors, dim=1, keepdim=True).clamp(min=EPS)
    return torch.linalg.vector_norm(deviation(vectors), dim=(1, 2))


def _grouped(matrices: Iterable[Tensor]) -> list[Tensor]:
    """Stack matrices of equal shape on a GPU, where the number of calls matters; otherwise keep them separate."""
    groups: dict[Any, list[Tensor]] = {}
    for number, matrix in enumerate(matrices):
        groups.setdefault(matrix.shape if matrix.is_cuda else number, []).append(matrix)
    return [group[0][None] if len(group) == 1 else torch.stack(group) for group in groups.values()]
