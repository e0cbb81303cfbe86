"""Geometric mean of the losses."""

from __future__ import annotations

from torch import Tensor

from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import WeightedBalancer
from mtlbench.errors import ConfigError
from mtlbench.registry import BALANCERS

SMALLEST = 1e-8
"""Losses below count as this, so that weights stay finite."""


@BALANCERS.register_module()
class GLS(WeightedBalancer):
    """Geometric loss strategy (Chennupati et al., CVPR Workshops 2019): geometric mean of the m losses.

    The weights are its derivatives, GLS / (m L_t), at the mean losses over all processes.

    Raises:
        ConfigError: When a loss is negative.
    """

    def weights(self, measured: Measured) -> Tensor:
        """Return the derivatives of the geometric mean."""
        for task, loss in zip(measured.tasks, measured.losses.tolist(), strict=True):
            if loss < 0:
                raise ConfigError(
                    f'GLS takes the geometric mean of the losses, but that of {task} is {loss:.6g}; use a loss of 0 '
                    'or more, or another balancer'
                )
        losses = measured.losses.clamp(min=SMALLEST)
        return losses.log().mean().exp() / (len(losses) * losses)
