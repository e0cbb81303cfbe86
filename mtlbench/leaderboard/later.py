"""What the columns of suites show that is measured of a finished run: its quality under perturbations, or elsewhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mtlbench.leaderboard.suites.base import Suite

RATIO = re.compile(r'q_(?P<perturbation>\w+)_[0-9p]+')
CLEAN = 'clean'


@dataclass(frozen=True)
class Later:
    """Measures of a run on one data set, made in one go by ``tools/test_robustness.py``.

    Args:
        on: The base config of the data set; empty for that of the run.
        perturbations: As the tool takes them.
        metrics: What must be there afterwards: metrics with their dataset, or a task alone, ``semseg@kitti_stereo``,
            for its metric of record.
    """

    on: str
    perturbations: tuple[str, ...]
    metrics: tuple[str, ...]

    def missing(self, metrics: Mapping[str, float], metrics_of_record: Mapping[str, str]) -> list[str]:
        """Those of its metrics that a record lacks."""
        names = []
        for metric in self.metrics:
            task, at, where = metric.partition('@')
            names.append(f'{task}/{metrics_of_record[task]}{at}{where}' if task in metrics_of_record else metric)
        return [name for name in names if name not in metrics]


def measured_later(suites: Iterable[Suite]) -> dict[str, list[Later]]:
    """What suites ask of the runs of each config, each data set once."""
    found: dict[str, dict[str, dict[str, set[str]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    for suite in suites:
        for metric in (column.metric for column in suite.columns):
            name, _, where = metric.partition('@')
            ratio = RATIO.fullmatch(name.partition('/')[2])
            if ratio or where:
                perturbation, on = ratio['perturbation'] if ratio else CLEAN, suite.further.get(where, where)
                for config in suite.configs:
                    found[config][on][perturbation].add(metric)
    return {config: [_later(on, asked) for on, asked in by_place.items()] for config, by_place in found.items()}


def _later(on: str, asked: Mapping[str, Iterable[str]]) -> Later:
    perturbations = sorted(set(asked) - {CLEAN}) or [CLEAN]
    return Later(on, tuple(perturbations), tuple(sorted(metric for names in asked.values() for metric in names)))
