"""What can be reached without a network: the bar that every trained one must clear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from torch import Tensor
from tqdm import tqdm

from mtlbench.evaluation.sums import Sums
from mtlbench.tasks.base import Task


def trivial_scores(
    tasks: Mapping[str, Task], train_dataset: Iterable[Mapping[str, Any]], val_dataset: Iterable[Mapping[str, Any]]
) -> dict[str, float]:
    """Scores of the best constant predictions: one class, one depth, one direction for all pixels.

    The constants are fitted to the training labels and scored on the validation labels, one pass over each.

    Args:
        tasks: The tasks by name. One that has no best constant, or no labels, is left out.
        train_dataset: Items ``dict(inputs=..., data_samples=MultiTaskSample)``.
        val_dataset: Items of the same kind.

    Returns:
        Scores by ``<task>/<metric>``.
    """
    fitted, scored = Sums(), Sums()
    for name, label in _labels(tasks, train_dataset, 'constants from the training labels'):
        fitted.add(name, tasks[name].constant_statistics(label))
    constants = {name: tasks[name].best_constant(sums) for name, sums in fitted.by_task.items() if sums}
    for name, label in _labels(constants, val_dataset, 'their scores'):
        guess = constants[name].to(label.device).expand_as(label)
        scored.add(name, tasks[name].statistics(guess[None], label[None]))
    return {
        f'{name}/{metric}': value
        for name, sums in scored.by_task.items()
        for metric, value in tasks[name].scores(sums).items()
    }


def _labels(
    tasks: Iterable[str], dataset: Iterable[Mapping[str, Any]], description: str
) -> Iterator[tuple[str, Tensor]]:
    names = list(tasks)
    for item in tqdm(dataset, desc=description):
        sample = item['data_samples']
        yield from ((name, sample.label(name)) for name in names if sample.has_label(name))
