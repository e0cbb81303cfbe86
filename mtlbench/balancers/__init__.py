"""Balancers: combine the losses of the tasks into one update."""

from mtlbench.balancers.base import Balancer
from mtlbench.balancers.fixed import FixedWeights
from mtlbench.balancers.gradients import (
    IMTL,
    IMTLG,
    MGDA,
    AlignedMTL,
    CAGrad,
    FairGrad,
    GradDrop,
    GradVac,
    NashMTL,
    PCGrad,
    UPGrad,
)
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.uncertainty import UncertaintyWeights
from mtlbench.balancers.weighting import GramianBalancer, JacobianBalancer, SolverError, WeightedBalancer

__all__ = [
    'IMTL',
    'IMTLG',
    'MGDA',
    'AlignedMTL',
    'Balancer',
    'CAGrad',
    'FairGrad',
    'FixedWeights',
    'GradDrop',
    'GradVac',
    'GramianBalancer',
    'JacobianBalancer',
    'Measured',
    'NashMTL',
    'PCGrad',
    'SolverError',
    'UPGrad',
    'UncertaintyWeights',
    'WeightedBalancer',
]
