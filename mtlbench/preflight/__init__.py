"""Checks of a run before anything is built or written."""

from mtlbench.preflight.build import placed
from mtlbench.preflight.check import check_config, check_evaluation, check_training

__all__ = ['check_config', 'check_evaluation', 'check_training', 'placed']
