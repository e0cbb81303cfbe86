"""Weights whose filters are to be orthogonal."""

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
    """The spectral norm of ``W W^T - I``, added up over all convolutions (SRIP; CCAM, section 3.4).

    ``W`` is a convolution's weight as a matrix, one row a filter; of the two products the smaller counts. The norm is
    estimated by power iteration from a random start, the same in all processes, and never from the product itself.

    Args:
        parts: The parts of the network whose convolutions count, such as ``'decoders.depth'``.
        weight: Of the sum; a hook may change it during training.
        iterations: Power iterations before the norm is taken.
        power: 1 for the norm; 2 for its square, as SRIP's released code has it.

    Raises:
        ConfigError: When a number makes no sense, or, at the first update, when the network has no such part.
    """

    streams = ()

    def __init__(
        self, parts: Sequence[str] = ('encoder', 'decoders'), weight: float = 1e-4, iterations: int = 1, power: int = 1
    ) -> None:
        super().__init__()
        if iterations < 1 or power not in (1, 2):
            raise ConfigError(
                f'OrthogonalRegularization: iterations is 1 or more and power 1 or 2, got {iterations} and {power}'
            )
        self.parts, self.weight, self.iterations, self.power = tuple(parts), weight, iterations, power

    def losses(self, step: Step) -> dict[str, Tensor]:
        """One term, ``orthogonal``."""
        weights = convolutions(step.network, self.parts)
        with torch.autocast(weights[0].device.type, enabled=False):
            norms = [
                deviation_norms(group, self.iterations, common_generator())
                for group in _grouped(map(as_matrix, weights))
            ]
            return {'orthogonal': self.weight * torch.cat(norms).pow(self.power).sum()}


def convolutions(network: Network, parts: Sequence[str]) -> list[Tensor]:
    """The weights of all convolutions of some parts of a network.

    Raises:
        ConfigError: When it has no such part, or these have no convolution.
    """
    found: list[Tensor] = []
    for part in parts:
        try:
            inside: Any = network.get_submodule(part).modules()
        except AttributeError as error:
            raise ConfigError(f"OrthogonalRegularization: parts: the network has no part '{part}' ({error})") from error
        found += [module.weight for module in inside if isinstance(module, nn.Conv2d)]
    if not found:
        raise ConfigError(f'OrthogonalRegularization: parts: there is no convolution in {", ".join(parts)}')
    return found


def as_matrix(weight: Tensor) -> Tensor:
    """The weight of a convolution as a matrix with no more rows than columns.

    The order of the columns has no effect on what is made of it; this one costs no copy of a channels-last weight.
    """
    matrix = weight.float().permute(0, 2, 3, 1).flatten(1)
    return matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T


def deviation_norms(matrices: Tensor, iterations: int = 1, generator: torch.Generator | None = None) -> Tensor:
    """Estimates, from below, of the spectral norms of ``X X^T - I``.

    Args:
        matrices: X (B, rows, columns).
        iterations: Power iterations.
        generator: Of the start, on the CPU; None: torch's own.

    Returns:
        (B). The gradient passes through the iterations, too.
    """

    def deviation(vectors: Tensor) -> Tensor:
        return matrices @ (matrices.transpose(1, 2) @ vectors) - vectors

    vectors = torch.rand(*matrices.shape[:2], 1, dtype=matrices.dtype, generator=generator).to(matrices.device)
    for _ in range(iterations):
        vectors = deviation(vectors)
        vectors = vectors / torch.linalg.vector_norm(vectors, dim=1, keepdim=True).clamp(min=EPS)
    return torch.linalg.vector_norm(deviation(vectors), dim=(1, 2))


def _grouped(matrices: Iterable[Tensor]) -> list[Tensor]:
    """Matrices of one shape together on a GPU, where it is the number of calls that costs; else each by itself."""
    groups: dict[Any, list[Tensor]] = {}
    for number, matrix in enumerate(matrices):
        groups.setdefault(matrix.shape if matrix.is_cuda else number, []).append(matrix)
    return [group[0][None] if len(group) == 1 else torch.stack(group) for group in groups.values()]
