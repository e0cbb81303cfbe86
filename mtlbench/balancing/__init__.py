"""Updates from the separate gradients of the tasks."""

from mtlbench.balancing.cycle import Cycle
from mtlbench.balancing.update import GRADIENTS_ON, SeparateGradients

__all__ = ['GRADIENTS_ON', 'Cycle', 'SeparateGradients']
