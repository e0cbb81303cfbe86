"""Balancers: combine the losses of the tasks into one update."""

from mtlbench.balancers.base import Balancer
from mtlbench.balancers.fixed import FixedWeights
from mtlbench.balancers.uncertainty import UncertaintyWeights

__all__ = ['Balancer', 'FixedWeights', 'UncertaintyWeights']
