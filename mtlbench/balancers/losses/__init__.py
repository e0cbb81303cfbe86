"""Balancers that need the losses alone, and GradNorm, which compares them with norms of gradients."""

from mtlbench.balancers.losses.dwa import DWA
from mtlbench.balancers.losses.famo import FAMO
from mtlbench.balancers.losses.fixed import FixedWeights
from mtlbench.balancers.losses.gls import GLS
from mtlbench.balancers.losses.gradnorm import GradNorm
from mtlbench.balancers.losses.imtl_l import IMTLL
from mtlbench.balancers.losses.rlw import RLW
from mtlbench.balancers.losses.stch import STCH
from mtlbench.balancers.losses.uncertainty import UncertaintyWeights

__all__ = ['DWA', 'FAMO', 'GLS', 'IMTLL', 'RLW', 'STCH', 'FixedWeights', 'GradNorm', 'UncertaintyWeights']
