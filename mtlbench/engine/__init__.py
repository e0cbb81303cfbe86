"""Training: loops, hooks, mixed precision, distribution, and the launch of a run."""

from mtlbench.engine.amp import MixedPrecisionOptimWrapper
from mtlbench.engine.distribution import DistributedLearner
from mtlbench.engine.optimizer import GroupedOptimWrapperConstructor

__all__ = ['DistributedLearner', 'GroupedOptimWrapperConstructor', 'MixedPrecisionOptimWrapper']
