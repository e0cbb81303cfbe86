"""Balancers: combine the losses of the tasks into one update."""

from mtlbench.balancers.base import Balancer
from mtlbench.balancers.losses import DWA, FAMO, GLS, IMTLL, RLW, STCH, FixedWeights, GradNorm, UncertaintyWeights
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, JacobianBalancer, SolverError, WeightedBalancer

__all__ = [
    'DWA',
    'FAMO',
    'GLS',
    'IMTLL',
    'RLW',
    'STCH',
    'Balancer',
    'FixedWeights',
    'GradNorm',
    'GramianBalancer',
    'JacobianBalancer',
    'Measured',
    'SolverError',
    'UncertaintyWeights',
    'WeightedBalancer',
]
