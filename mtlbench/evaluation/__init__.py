"""Metrics: pure functions in ``functional``, a thin mmengine metric in ``metrics``, the delta, and the trivial bar."""

from mtlbench.evaluation.delta import delta
from mtlbench.evaluation.metrics import MultiTaskMetric
from mtlbench.evaluation.trivial import trivial_scores

__all__ = ['MultiTaskMetric', 'delta', 'trivial_scores']
