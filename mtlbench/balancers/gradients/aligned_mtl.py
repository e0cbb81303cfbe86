"""Gradients made orthogonal and equally long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mtlbench.balancers.gradients.quadratic import spectrum
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, gramian_in
from mtlbench.registry import BALANCERS
from mtlbench.utils.choices import require_known

SCALES: dict[str, Callable[[Tensor], Tensor]] = {'min': torch.min, 'median': torch.median, 'rmse': torch.mean}


@BALANCERS.register_module()
class AlignedMTL(GramianBalancer):
    """Aligned-MTL (Senushkin et al., CVPR 2023): the mean of gradients that are made orthogonal and equally long.

    The matrix of the gradients gets equal singular values, and the mean of its rows is the direction. Gradients
    count as dependent where an eigenvalue of their cosines is below 1e-6 of the largest. torchjd's tolerance is the
    rounding of float64, below the noise of float32 gradients, so its weights jump with that noise.

    Args:
        tasks: Names of the tasks of the network.
        scale_mode: Common length: that of the ``'min'`` singular value (paper), of the ``'median'``, or the root of the
            mean square, ``'rmse'``.

    Raises:
        ConfigError: When the scale is none of these.
    """

    def __init__(self, tasks: Sequence[str], scale_mode: str = 'min') -> None:
        super().__init__(tasks)
        require_known('balancer.scale_mode', scale_mode, SCALES)
        self.scale_mode = scale_mode

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, which can be negative."""
        return aligned(gramian_in(measured), SCALES[self.scale_mode])


def aligned(gramian: Tensor, scale: Callable[[Tensor], Tensor]) -> Tensor:
    """Return sqrt(scale) G^(-1/2) times the equal weights 1 / m."""
    values, vectors = spectrum(gramian)
    return (scale(values) / values).sqrt() * vectors @ vectors.mean(0)
