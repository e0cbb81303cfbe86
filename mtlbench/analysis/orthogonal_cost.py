"""Cost of orthogonal regularization in a training step."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import torch
from mmengine.config import Config

from mtlbench.analysis.bench import build_bench
from mtlbench.errors import ConfigError
from mtlbench.objectives import OrthogonalRegularization, Step
from mtlbench.objectives.orthogonal import convolutions


@dataclass(frozen=True)
class OrthogonalCost:
    """Cost of the regularization and of the whole training step.

    Args:
        convolutions: Number of regularized weights.
        step_s: Seconds of a step, the median over the rounds.
        term_s: Seconds of the regularization alone, forward and backward.
    """

    convolutions: int
    step_s: float
    term_s: float


def measure_orthogonal(cfg: Config, size: tuple[int, int], batch_size: int, rounds: int) -> OrthogonalCost:
    """Make training steps of a composed config, alternating with the regularization alone.

    Args:
        cfg: Composed config; its network starts from random weights.
        size: Height and width of the images.
        batch_size: Number of images of every stream.
        rounds: Number of measured rounds, after one for warm-up.

    Raises:
        ConfigError: When the config has no orthogonal regularization.
    """
    bench = build_bench(cfg, size, batch_size)
    learner = bench.learner
    terms = [one for one in learner.objectives.values() if isinstance(one, OrthogonalRegularization)]
    if not terms:
        raise ConfigError(
            f'config {cfg.filename} has no OrthogonalRegularization to measure; use ccam/sd_cityscapes_372_affinemix_or'
        )
    empty = Step(learner.network, learner.tasks, {}, learner.routes)

    def alone() -> None:
        torch.stack([value for term in terms for value in term.losses(empty).values()]).sum().backward()

    bench.step()
    times = bench.in_turn([bench.step, alone], rounds)
    step_s, term_s = (statistics.median(each) for each in zip(*times, strict=True))
    found = sum(len(convolutions(learner.network, term.parts)) for term in terms)
    return OrthogonalCost(found, step_s, term_s)
