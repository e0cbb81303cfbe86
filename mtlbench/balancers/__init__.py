"""Balancers: how the tasks' losses become one update."""

from mtlbench.balancers.base import Balancer

__all__ = ['Balancer']
