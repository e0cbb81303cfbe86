"""Whether a copy of a dataset is complete, and holds what it should."""

from mtlbench.datasets.check.report import SplitReport, draw_report
from mtlbench.datasets.check.split import check_splits

__all__ = ['SplitReport', 'check_splits', 'draw_report']
