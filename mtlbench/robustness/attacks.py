"""White-box attacks: they follow the gradient of the loss with respect to the image, within a bound."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.registry import PERTURBATIONS
from mtlbench.robustness.base import Case, Perturbation
from mtlbench.robustness.victim import Loss
from mtlbench.tasks.base import Task


@PERTURBATIONS.register_module()
class FGSM(Perturbation):
    """One step of full strength along the sign of the gradient (robust, equation 8)."""

    is_attack = True

    def perturb(self, case: Case, strength: float) -> Tensor:
        """One gradient serves all strengths."""
        return case.images + strength * case.gradient.sign()


@PERTURBATIONS.register_module()
class PGD(Perturbation):
    """Many steps along the sign of the gradient, each brought back into the bound and the range of gray values.

    Args:
        step: Of each step, in gray values.
        iterations: Number of steps; None for ceil(min(strength + 4, 1.25 strength)), the rule of the basic iterative
            method.
        random_start: Start from a random place within the bound.
        kwargs: See :class:`Perturbation`.

    Raises:
        ConfigError: When there is no step to make.
    """

    scaled_arguments = dict[str, str]()  # a step of an attack is none of the training
    is_attack = True

    def __init__(
        self, step: float = 2.55, iterations: int | None = 40, random_start: bool = True, **kwargs: bool
    ) -> None:
        super().__init__(**kwargs)
        if step <= 0 or (iterations is not None and iterations < 1):
            raise ConfigError(f'{type(self).__name__}: {step=} and {iterations=} must be above 0')
        self.step, self.iterations, self.random_start = step, iterations, random_start

    def perturb(self, case: Case, strength: float) -> Tensor:
        """Make the steps."""
        low, high = (self.in_range(case.images + sign * strength) for sign in (-1, 1))
        moved = case.images
        if self.random_start:
            shape = moved.shape[1:]
            uniform = case.draw(lambda generator: torch.rand(shape, generator=generator))
            moved = (moved + strength * (2 * uniform - 1)).clamp(low, high)
        count = self.iterations or math.ceil(min(strength + 4, 1.25 * strength))
        for number in range(count):
            gradient = case.attacked.gradient(moved, self.loss_at(case.attacked.task, number / count))
            moved = (moved + self.step * gradient.sign()).clamp(low, high)
        return moved

    def loss_at(self, task: Task, progress: float) -> Loss:
        """The loss of a step.

        Args:
            task: The task attacked.
            progress: Share of the steps already made, in 0..1.
        """
        return task.attack_loss


@PERTURBATIONS.register_module()
class SegPGD(PGD):
    """PGD that goes first for the pixels still right, and turns slowly to all of them (Gu et al., ECCV 2022).

    The loss of a wrong pixel weighs progress / 2, that of a right one the rest up to 1. For tasks with classes.
    """

    def loss_at(self, task: Task, progress: float) -> Loss:
        """Cross-entropy over all pixels, weighed by whether the prediction is right (their equation 5)."""

        def loss(prediction: Tensor, label: Tensor) -> Tensor:
            by_pixel, right = task.losses_by_pixel(prediction, label)
            return (by_pixel * torch.where(right, 1 - progress / 2, progress / 2)).mean()

        return loss


@PERTURBATIONS.register_module()
class MomentumFGSM(Perturbation):
    """FGSM in equal steps whose directions are averaged (MI-FGSM: Dong et al., CVPR 2018, algorithm 1).

    Args:
        iterations: Number of steps, each of strength / iterations.
        decay: What remains of the former directions at each step.
        kwargs: See :class:`Perturbation`.

    Raises:
        ConfigError: When there is no step to make.
    """

    is_attack = True

    def __init__(self, iterations: int = 10, decay: float = 1.0, **kwargs: bool) -> None:
        super().__init__(**kwargs)
        if iterations < 1:
            raise ConfigError(f'MomentumFGSM: {iterations=} must be above 0')
        self.iterations, self.decay = iterations, decay

    def perturb(self, case: Case, strength: float) -> Tensor:
        """Make the steps."""
        moved, direction = case.images, torch.zeros_like(case.images)
        for number in range(self.iterations):
            gradient = case.attacked.gradient(moved) if number else case.gradient
            size = gradient.abs().sum((1, 2, 3), keepdim=True)
            direction = self.decay * direction + gradient / size.where(size > 0, 1)
            moved = self.in_range(moved + strength / self.iterations * direction.sign())
        return moved
