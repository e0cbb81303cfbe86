"""Balancers: combine the losses of the tasks into one update."""

from mtlbench.balancers.base import Balancer
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
from mtlbench.balancers.losses import DWA, FAMO, GLS, IMTLL, RLW, STCH, FixedWeights, GradNorm, UncertaintyWeights
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, JacobianBalancer, SolverError, WeightedBalancer

__all__ = [
    'DWA',
    'FAMO',
    'GLS',
    'IMTL',
    'IMTLG',
    'IMTLL',
    'MGDA',
    'RLW',
    'STCH',
    'AlignedMTL',
    'Balancer',
    'CAGrad',
    'FairGrad',
    'FixedWeights',
    'GradDrop',
    'GradNorm',
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
