"""Metrics as pure functions of tensors."""

from mtlbench.metrics.angle import angle_deg
from mtlbench.metrics.confusion import confusion_matrix, f1_score, intersection_over_union
from mtlbench.metrics.depth import DEPTH_ERRORS, depth_errors, lower_median, with_bound, within_ratios

__all__ = [
    'DEPTH_ERRORS',
    'angle_deg',
    'confusion_matrix',
    'depth_errors',
    'f1_score',
    'intersection_over_union',
    'lower_median',
    'with_bound',
    'within_ratios',
]
