"""White-box attacks, which follow the gradient of the loss with respect to the image within a bound."""

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
    """Take one step of full strength along the sign of the gradient (robust, equation 8)."""

    is_attack = True

    def perturb(self, case: Case, strength: float) -> Tensor:
        """Take the step; one gradient serves all strengths."""
        return case.images + strength * case.gradient.sign()


@PERTURBATIONS.register_module()
class PGD(Perturbation):
    """Take many steps along the sign of the gradient, each clipped to the bound and the range of gray values.

    Args:
        step: Size of each step in gray values, above 0.
        iterations: Number of steps; None for ceil(min(strength + 4, 1.25 strength)), the rule of the basic iterative
            method.
        random_start: Whether to start from a random position within the bound.
        kwargs: Options of :class:`Perturbation`.

    Raises:
        ConfigError: When a number of steps or a step size is not above 0.
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
        """Return the loss of a step.

        Args:
            task: Attacked task.
            progress: Fraction of the steps already made, in 0..1.
        """
        return task.attack_loss


@PERTURBATIONS.register_module()
class SegPGD(PGD):
    """PGD that attacks correct pixels first and gradually all pixels (Gu et al., ECCV 2022). For tasks with classes.

    The loss of wrong pixels weighs progress / 2, and that of correct pixels 1 - progress / 2.
    """

    def loss_at(self, task: Task, progress: float) -> Loss:
        """Return the cross-entropy over all pixels, weighted by their correctness (equation 5 of the paper)."""

        def loss(prediction: Tensor, label: Tensor) -> Tensor:
            by_pixel, right = task.losses_by_pixel(prediction, label)
            return (by_pixel * torch.where(right, 1 - progress / 2, progress / 2)).mean()

        return loss


@PERTURBATIONS.register_module()
class MomentumFGSM(Perturbation):
    """FGSM in equal steps with momentum (MI-FGSM: Dong et al., CVPR 2018, algorithm 1).

    Args:
        iterations: Number of steps of size strength / iterations.
        decay: Decay factor of the accumulated direction at each step.
        kwargs: Options of :class:`Perturbation`.

    Raises:
        ConfigError: When a number of steps or a step size is not above 0.
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
