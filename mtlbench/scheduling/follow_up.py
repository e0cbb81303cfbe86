"""What the columns of suites show that is measured of a finished run, by a tool of its own."""

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
class Later:
    """Measures of a run on one data set, made in one go.

    Args:
        on: The base config of the data set; empty for that of the run.
        perturbations: As ``tools/test_robustness.py`` takes them; none for another tool.
        metrics: What must be there afterwards: metrics with their dataset, or a task alone, ``semseg@kitti_stereo``,
            for its metric of record.
        tool: The module of ``mtlbench.cli`` that makes them.
    """

    on: str
    perturbations: tuple[str, ...]
    metrics: tuple[str, ...]
    tool: str = ROBUSTNESS

    def __str__(self) -> str:
        return f'{" ".join(self.perturbations or [self.tool.rpartition(".")[2]])}{f" on {self.on}" if self.on else ""}'

    @property
    def options(self) -> tuple[str, ...]:
        """What the tool is told beside the config and the run."""
        ratios = {metric.partition('/')[0] for metric in self.metrics if _ratio(metric)}
        on = [self.on] if self.on else []
        given = {'--perturbations': self.perturbations, '--attack': sorted(ratios), '--on': on}
        return tuple(word for option, words in given.items() if words for word in (option, *words))

    def missing(self, metrics: Mapping[str, float], metrics_of_record: Mapping[str, str]) -> list[str]:
        """Those of its metrics that a record lacks, of the tasks that it has."""
        names = []
        for metric in self.metrics:
            what, at, where = metric.partition('@')
            task = what.partition('/')[0]
            if task in metrics_of_record:
                names.append(f'{task}/{metrics_of_record[task]}{at}{where}' if what == task else metric)
        return [name for name in names if name not in metrics]


def measured_later(suites: Iterable[Suite]) -> dict[str, list[Later]]:
    """What suites ask of the runs of each config, each tool on each data set once."""
    found: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    for suite in suites:
        for metric in (column.metric for column in suite.columns):
            name, _, where = metric.partition('@')
            if tool := _tool_of(name, where):
                for config in suite.configs:
                    found[config][tool, where].add(metric)
    return {config: [_later(*place, asked) for place, asked in places.items()] for config, places in found.items()}


def _tool_of(metric: str, where: str) -> str | None:
    if metric.endswith('/feature_correlation'):
        return CORRELATION
    return ROBUSTNESS if where or _ratio(metric) else None


def _later(tool: str, on: str, metrics: Iterable[str]) -> Later:
    perturbations = {ratio['perturbation'] for metric in metrics if (ratio := _ratio(metric))} or {CLEAN}
    return Later(on, tuple(sorted(perturbations)) if tool == ROBUSTNESS else (), tuple(sorted(metrics)), tool)


def _ratio(metric: str) -> re.Match | None:
    """A metric's ratio Q, where it is one."""
    return RATIO.fullmatch(metric.partition('@')[0].partition('/')[2])
