"""Target of an attack: a network, one of its tasks, and the labels of the images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from mtlbench.structures.kinds.base import nearest
from mtlbench.tasks.base import Task

GRAY_MAX = 255.0
Loss = Callable[[Tensor, Tensor], Tensor]
"""Function of a prediction (1, C, h, w) and its label (1, C, H, W) that returns a scalar loss."""


class Victim:
    """Network and its task under a white-box attack.

    Args:
        network: Module with ``forward(images in [0, 1], tasks) -> {task: {level: prediction}}``, which predicts the
            given tasks only; on the device of the images.
        task: Attacked task, whose loss is maximized.
        labels: Label (C, H, W) of each image, resized to the nearest pixels of the image; None for unlabeled images,
            which are not perturbed.
        level: Attacked decoder level.
    """

    def __init__(self, network: nn.Module, task: Task, labels: Sequence[Tensor | None], level: int = 0) -> None:
        self.network, self.task, self.labels, self.level = network, task, labels, level

    def losses(self, images: Tensor, loss: Loss | None = None) -> Tensor:
        """Return the separate loss of each labeled image (M,), independent of the rest of the batch.

        Args:
            images: Images (N, 3, H, W) in gray values.
            loss: Loss function; None for the task's own.
        """
        loss = loss or self.task.attack_loss
        prediction = self.network(images / GRAY_MAX, [self.task.name])[self.task.name][self.level]
        pairs = [(i, label) for i, label in enumerate(self.labels) if label is not None]
        rows = [loss(prediction[i : i + 1], nearest(label, images.shape[-2:])[None]) for i, label in pairs]
        return torch.stack(rows) if rows else prediction.sum().reshape(1) * 0

    def gradient(self, images: Tensor, loss: Loss | None = None) -> Tensor:
        """Return the gradient (N, 3, H, W) of each image's loss with respect to its gray values.

        The network runs in evaluation mode; its mode and gradients are restored.
        """
        with torch.enable_grad(), frozen(self.network):
            moved = images.detach().requires_grad_()
            return torch.autograd.grad(self.losses(moved, loss).sum(), moved)[0]


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Switch to evaluation mode without gradients of the parameters, and restore both afterwards."""
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
