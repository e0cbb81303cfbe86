"""What an attack sees: a network, one of its tasks, and the labels of the images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from mtlbench.tasks.base import Task, nearest

GRAY_MAX = 255.0
Loss = Callable[[Tensor, Tensor], Tensor]
"""Scalar from a prediction (1, C, h, w) and its label (1, C, H, W)."""


class Victim:
    """A network and the one of its tasks that is attacked (white box).

    Args:
        network: ``forward(images in [0, 1], tasks) -> {task: {level: prediction}}``, of these tasks alone; on the
            device of the images.
        task: The task whose loss is to grow.
        labels: The label (C, H, W) of each image; None of one that is not labeled: it is left as it is. A label of
            another size than the image is brought to it, each pixel taking the nearest.
        level: The decoder level that is attacked.
    """

    def __init__(self, network: nn.Module, task: Task, labels: Sequence[Tensor | None], level: int = 0) -> None:
        self.network, self.task, self.labels, self.level = network, task, labels, level

    def losses(self, images: Tensor, loss: Loss | None = None) -> Tensor:
        """The loss of each labeled image by itself (M,), whatever images it shares the batch with.

        Args:
            images: (N, 3, H, W) in gray values.
            loss: Instead of the task's own.
        """
        loss = loss or self.task.attack_loss
        prediction = self.network(images / GRAY_MAX, [self.task.name])[self.task.name][self.level]
        pairs = [(i, label) for i, label in enumerate(self.labels) if label is not None]
        rows = [loss(prediction[i : i + 1], nearest(label, images.shape[-2:])[None]) for i, label in pairs]
        return torch.stack(rows) if rows else prediction.sum().reshape(1) * 0

    def gradient(self, images: Tensor, loss: Loss | None = None) -> Tensor:
        """Gradient (N, 3, H, W) of each image's loss with respect to its gray values.

        The network is in evaluation mode meanwhile; its mode and its gradients stay as they were.
        """
        with torch.enable_grad(), frozen(self.network):
            moved = images.detach().requires_grad_()
            return torch.autograd.grad(self.losses(moved, loss).sum(), moved)[0]


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Evaluation mode, and no gradients of the parameters; both are afterwards as they were before."""
    training = [module for module in network.modules() if module.training]
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    network.eval().requires_grad_(False)
    try:
        yield
    finally:
        for module in training:
            module.training = True
        for parameter in learning:
            parameter.requires_grad = True
