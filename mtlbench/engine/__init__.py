"""What trains: loops, hooks, mixed precision, distribution, and the launch of a run."""

from mtlbench.engine import checkpoint
from mtlbench.engine.amp import MixedPrecisionOptimWrapper

__all__ = ['MixedPrecisionOptimWrapper', 'checkpoint']
