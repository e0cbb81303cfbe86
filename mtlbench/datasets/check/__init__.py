"""Checks of the completeness and content of a copy of a dataset."""

from mtlbench.datasets.check.report import SplitReport, draw_report
from mtlbench.datasets.check.split import check_splits

__all__ = ['SplitReport', 'check_splits', 'draw_report']
