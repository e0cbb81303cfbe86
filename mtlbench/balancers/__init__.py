"""Balancers: combine the losses of the tasks into one update."""

from mtlbench.balancers.base import Balancer
from mtlbench.balancers.fixed import FixedWeights
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.uncertainty import UncertaintyWeights
from mtlbench.balancers.weighting import GramianBalancer, JacobianBalancer, SolverError, WeightedBalancer

__all__ = [
    'Balancer',
    'FixedWeights',
    'GramianBalancer',
    'JacobianBalancer',
    'Measured',
    'SolverError',
    'UncertaintyWeights',
    'WeightedBalancer',
]
