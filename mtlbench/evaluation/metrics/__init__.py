"""The mmengine metric around the tasks."""

from mtlbench.evaluation.metrics.multi_task import MultiTaskMetric

__all__ = ['MultiTaskMetric']
