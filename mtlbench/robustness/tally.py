"""Sums of a pass over a dataset at one strength."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mtlbench.metrics.sums import Sums
from mtlbench.structures import MultiTaskSample
from mtlbench.tasks.base import Task

NOISE = 'perturbation'


class Tally:
    """Accumulate the statistics of the tasks and the size of a perturbation.

    Args:
        tasks: Scored tasks by name.
        state: Earlier :meth:`state` to continue from.
    """

    def __init__(self, tasks: Mapping[str, Task], state: Mapping[str, Mapping[str, Tensor]] | None = None) -> None:
        self.tasks, self.sums, self.noise = tasks, Sums(), Sums()
        for name, values in (state or {}).items():
            (self.noise if name == NOISE else self.sums).add(name, values)

    @property
    def state(self) -> dict[str, dict[str, Tensor]]:
        """All sums in host memory."""
        return {**self.sums.on_cpu(), **self.noise.on_cpu()}

    def add(self, samples: Sequence[MultiTaskSample], clean: Tensor, perturbed: Tensor) -> None:
        """Add a batch of images.

        Args:
            samples: Samples with labels, and predictions for the perturbed images, which are resized to the labels
                (R22).
            clean: Clean images (N, 3, H, W) in gray values.
            perturbed: Perturbed images of the same shape.
        """
        for sample in samples:
            for name, task in self.tasks.items():
                if sample.has_label(name):
                    label = sample.label(name)[None]
                    prediction = task.to_size(sample.prediction(name)[None], label.shape[-2:])
                    self.sums.add(name, task.statistics(prediction.to(label.device), label))
        self.noise.add(NOISE, _size(clean, perturbed))

    def scores(self) -> dict[str, float]:
        """Return the scores by ``<task>/<metric>``."""
        return {
            f'{name}/{metric}': value
            for name, sums in self.sums.by_task.items()
            for metric, value in self.tasks[name].scores(sums).items()
        }

    def measured(self) -> dict[str, float | None]:
        """Return the size of the perturbation after clipping.

        Returns:
            ``rms_gray``, the root mean square over all elements of the set in gray values (robust, equation 7);
            ``mean_rms_gray``, the mean of the root mean squares of the images (R18); and ``snr_db``, 10 log10 of the
            mean square of the images over that of the perturbation, None if nothing changed.
        """
        noise = {key: value.item() for key, value in self.noise.by_task[NOISE].items()}
        moved = noise['squares'] > 0
        return {
            'rms_gray': math.sqrt(noise['squares'] / noise['elements']),
            'mean_rms_gray': noise['roots'] / noise['images'],
            'snr_db': 10 * math.log10(noise['signal'] / noise['squares']) if moved and noise['signal'] else None,
        }


def _size(clean: Tensor, perturbed: Tensor) -> dict[str, Any]:
    squares = (perturbed.double() - clean.double()).square()
    by_image = squares.flatten(1)
    return {
        'squares': by_image.sum(),
        'signal': clean.double().square().sum(),
        'roots': by_image.mean(1).sqrt().sum(),
        'elements': torch.tensor(clean.numel(), dtype=torch.float64),
        'images': torch.tensor(len(clean), dtype=torch.float64),
    }
