"""Trivial baseline: the best constant prediction, which every trained network must beat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from torch import Tensor
from tqdm import tqdm

from mtlbench.metrics.sums import Sums
from mtlbench.tasks.base import Task


class Dataset(Protocol):
    """Map-style dataset with items ``dict(inputs=..., data_samples=MultiTaskSample)``."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Mapping[str, Any]: ...


def trivial_scores(tasks: Mapping[str, Task], train_dataset: Dataset, val_dataset: Dataset) -> dict[str, float]:
    """Compute the scores of the best constant predictions: one class, one depth, one direction for all pixels.

    The constants are fitted to the training labels and scored on the validation labels, one pass over each.

    Args:
        tasks: Tasks by name. Tasks without a best constant or without labels are left out.
        train_dataset: Dataset to which the constants are fitted.
        val_dataset: Dataset on which they are scored.

    Returns:
        Scores by ``<task>/<metric>``.
    """
    fitted, scored = Sums(), Sums()
    for name, label in _labels(tasks, train_dataset, 'fitting constants'):
        fitted.add(name, tasks[name].constant_statistics(label))
    constants = {name: tasks[name].best_constant(sums) for name, sums in fitted.by_task.items() if sums}
    for name, label in _labels(constants, val_dataset, 'scoring constants'):
        guess = constants[name].to(label.device).expand_as(label)
        scored.add(name, tasks[name].statistics(guess[None], label[None]))
    return {
        f'{name}/{metric}': value
        for name, sums in scored.by_task.items()
        for metric, value in tasks[name].scores(sums).items()
    }


def _labels(tasks: Iterable[str], dataset: Dataset, description: str) -> Iterator[tuple[str, Tensor]]:
    names = list(tasks)
    for index in tqdm(range(len(dataset)), desc=description):
        sample = dataset[index]['data_samples']
        yield from ((name, sample.label(name)) for name in names if sample.has_label(name))
