"""mmengine metric for any set of tasks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine import dist
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.metrics.sums import Sums
from mtlbench.records.fields import SLACK
from mtlbench.registry import METRICS, TASKS
from mtlbench.tasks.base import Task


@METRICS.register_module()
class MultiTaskMetric(BaseMetric):
    """Scores of all tasks, named ``<task>/<metric>``.

    The metric keeps sums, not pixels. A sample counts for the tasks that it is labeled for, and a task without labeled
    samples has no scores.

    Args:
        tasks: Config of each task by name.
    """

    default_prefix = ''

    def __init__(self, tasks: Mapping[str, dict]) -> None:
        super().__init__()
        self.tasks: dict[str, Task] = {name: TASKS.build(dict(node)) for name, node in tasks.items()}
        self._restart()

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Add the samples of one batch to the sums.

        Args:
            data_batch: Unused batch.
            data_samples: Samples, or dicts of samples, with ``gt_<task>`` and ``pred_<task>``. Predictions are resized
                to the label; see :meth:`Task.to_size`.

        Raises:
            ConfigError: When a labeled sample has no prediction for a task.
        """
        self._samples += len(data_samples)
        for sample in data_samples:
            for name, task in self.tasks.items():
                if f'gt_{name}' not in sample:
                    continue
                if f'pred_{name}' not in sample:
                    raise ConfigError(
                        f"the metric has the task '{name}', but the model does not predict it; check tasks"
                    )
                label = _data(sample, f'gt_{name}')
                prediction = task.to_size(_data(sample, f'pred_{name}'), label.shape[-2:])
                self._sums.add(name, task.statistics(prediction, label))

    def evaluate(self, size: int) -> dict[str, float]:
        """Compute the scores over the samples of all processes, equal in every process, and reset the sums.

        Args:
            size: Number of samples in the dataset.

        Raises:
            ConfigError: When more samples were evaluated than the dataset has.
        """
        gathered = dist.all_gather_object((self._samples, self._sums.on_cpu()))
        self._restart()
        seen = sum(samples for samples, _ in gathered)
        if seen > size:
            raise ConfigError(
                f'{seen} samples of a dataset of {size} were evaluated, so some counted twice; '
                'set val_dataloader.sampler.round_up=False'
            )
        total = Sums()
        for _, by_task in gathered:
            for name, statistics in by_task.items():
                total.add(name, statistics)
        return self.compute_metrics([total])

    def compute_metrics(self, results: list[Sums]) -> dict[str, float]:
        """Compute the scores from the sums over all samples."""
        (total,) = results
        scored = ((name, task) for name, task in self.tasks.items() if name in total.by_task)
        return {
            f'{name}/{metric}': _in_range(task, metric, value)
            for name, task in scored
            for metric, value in task.scores(total.by_task[name]).items()
        }

    def _restart(self) -> None:
        self._samples, self._sums = 0, Sums()


def _in_range(task: Task, metric: str, value: float) -> float:
    """Return the value if a record accepts it, so that errors surface at the first validation."""
    least, most = task.range_of(metric) if metric in task.higher_is_better else (-math.inf, math.inf)
    if least - SLACK <= value <= most + SLACK or math.isnan(value):
        return value
    raise ConfigError(
        f"the metric '{metric}' of {type(task).__name__} is {value:g}, but its range_of() is {least:g} to {most:g}; "
        'override range_of in the task'
    )


def _data(sample: Any, field: str) -> Tensor:
    """Return a batch of one (1, C, H, W)."""
    return sample.get(field).get('data')[None]
