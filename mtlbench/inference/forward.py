"""The pass of images through a network, and averages over several passes.

A :class:`Forward` predicts images of one size at the size that the network receives. :class:`Mirrored` and
:class:`Rescaled` wrap another one, so they combine in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from mtlbench.inference.images import resized
from mtlbench.inference.sizes import Size, rounded
from mtlbench.learner import Learner
from mtlbench.structures import FieldKind, MultiTaskSample
from mtlbench.tasks import Task
from mtlbench.tasks.base import fit

Images = Sequence[NDArray[np.uint8]]
"""RGB images (H, W, 3) uint8 of equal size."""


class Forward(Protocol):
    """Prediction of images at a size."""

    def __call__(self, images: Images, size: Size) -> dict[str, Tensor]:
        """Return the raw predictions (N, C, h, w) of each task, before decoding.

        Args:
            images: Images of equal size.
            size: Size (h, w) that the network receives, multiples of its ``size_multiple``.
        """
        ...


class Plain:
    """One pass through the network of a learner."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner

    def __call__(self, images: Images, size: Size) -> dict[str, Tensor]:
        """See :class:`Forward`."""
        pixels = [torch.from_numpy(np.array(resized(image, size))).permute(2, 0, 1).contiguous() for image in images]
        samples = [MultiTaskSample() for _ in images]
        batches = self.learner.data_preprocessor({'inputs': pixels, 'data_samples': samples})['batches']
        predictions = self.learner(batches, mode='tensor')
        (batch,) = batches.values()
        return {name: fit(predictions[name][self.learner.eval_level], batch.images) for name in self.learner.tasks}


class Mirrored:
    """Mean over each image and its mirror image.

    Args:
        forward: Prediction of images.
        tasks: Tasks by name, whose kinds say what a mirror does to a prediction.
    """

    def __init__(self, forward: Forward, tasks: Mapping[str, Task]) -> None:
        self.forward, self.tasks = forward, tasks

    def __call__(self, images: Images, size: Size) -> dict[str, Tensor]:
        """See :class:`Forward`."""
        seen = self.forward(images, size)
        mirrored = self.forward([image[:, ::-1] for image in images], size)
        return {name: (seen[name] + mirror(mirrored[name], task.kind)) / 2 for name, task in self.tasks.items()}


class Rescaled:
    """Mean over several sizes of each image; all predictions are resized to the size that is asked for.

    Args:
        forward: Prediction of images.
        scales: Factors of the sides.
        multiple: Divisor of the sides that the network receives.
    """

    def __init__(self, forward: Forward, scales: Sequence[float], multiple: int) -> None:
        self.forward, self.scales, self.multiple = forward, scales, multiple

    def __call__(self, images: Images, size: Size) -> dict[str, Tensor]:
        """See :class:`Forward`."""
        sums: dict[str, Tensor] = {}
        for scale in self.scales:
            height, width = (rounded(scale * side, self.multiple) for side in size)
            for name, value in self.forward(images, (height, width)).items():
                value = _interpolated(value, size)
                sums[name] = sums[name] + value if name in sums else value
        return {name: total / len(self.scales) for name, total in sums.items()}


def mirror(prediction: Tensor, kind: FieldKind) -> Tensor:
    """Return the horizontally flipped prediction (N, C, H, W), in which channels change sign as the kind says."""
    signs = kind.mirror(np.ones((1, 1, prediction.shape[1]), np.float32)).reshape(-1, 1, 1)
    return prediction.flip(-1) * torch.from_numpy(signs).to(prediction)


def _interpolated(prediction: Tensor, size: Size) -> Tensor:
    if prediction.shape[-2:] == size:
        return prediction
    return F.interpolate(prediction, size, mode='bilinear', align_corners=False)
