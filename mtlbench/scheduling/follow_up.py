"""Follow-up measurements: columns of suites that a separate tool measures on finished runs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mtlbench.leaderboard.suites.base import Suite

RATIO = re.compile(r'q_(?P<perturbation>\w+)_[0-9p]+')
CLEAN = 'clean'
ROBUSTNESS, CORRELATION = 'test_robustness', 'analysis.feature_correlation'


@dataclass(frozen=True)
class FollowUp:
    """Measurements of a run on one dataset by one tool.

    Args:
        on: Base config of the dataset; empty for the dataset of the run.
        perturbations: Perturbations for ``mtlbench robustness``; empty for other tools.
        metrics: Required metrics with their dataset, or tasks such as ``semseg@kitti_stereo`` for their metric of
            record.
        tool: Module of ``mtlbench.cli`` that makes the measurements.
    """

    on: str
    perturbations: tuple[str, ...]
    metrics: tuple[str, ...]
    tool: str = ROBUSTNESS

    def __str__(self) -> str:
        return f'{" ".join(self.perturbations or [self.tool.rpartition(".")[2]])}{f" on {self.on}" if self.on else ""}'

    @property
    def options(self) -> tuple[str, ...]:
        """Command line options of the tool, besides config and run."""
        ratios = {metric.partition('/')[0] for metric in self.metrics if _ratio(metric)}
        on = [self.on] if self.on else []
        given = {'--perturbations': self.perturbations, '--attack': sorted(ratios), '--on': on}
        return tuple(word for option, words in given.items() if words for word in (option, *words))

    def missing(self, metrics: Mapping[str, float], metrics_of_record: Mapping[str, str]) -> list[str]:
        """Return the metrics that a record lacks, among those of its tasks."""
        names = []
        for metric in self.metrics:
            name, at, where = metric.partition('@')
            task = name.partition('/')[0]
            if task in metrics_of_record:
                names.append(f'{task}/{metrics_of_record[task]}{at}{where}' if name == task else metric)
        return [name for name in names if name not in metrics]


def follow_ups_of(suites: Iterable[Suite]) -> dict[str, list[FollowUp]]:
    """Return the follow-up measurements that suites need, by config, one per tool and dataset."""
    found: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    for suite in suites:
        for metric in (column.metric for column in suite.columns):
            name, _, where = metric.partition('@')
            if tool := _tool_of(name, where):
                for config in suite.configs:
                    found[config][tool, where].add(metric)
    return {config: [_follow_up(*place, asked) for place, asked in places.items()] for config, places in found.items()}


def _tool_of(metric: str, where: str) -> str | None:
    if metric.endswith('/feature_correlation'):
        return CORRELATION
    return ROBUSTNESS if where or _ratio(metric) else None


def _follow_up(tool: str, on: str, metrics: Iterable[str]) -> FollowUp:
    perturbations = {ratio['perturbation'] for metric in metrics if (ratio := _ratio(metric))} or {CLEAN}
    return FollowUp(on, tuple(sorted(perturbations)) if tool == ROBUSTNESS else (), tuple(sorted(metrics)), tool)


def _ratio(metric: str) -> re.Match | None:
    """Match the name of a ratio Q; None for other metrics."""
    return RATIO.fullmatch(metric.partition('@')[0].partition('/')[2])
