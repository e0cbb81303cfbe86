"""What orthogonal regularization costs in a training step."""

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
    """Of the regularization beside the whole training step.

    Args:
        convolutions: How many weights are regularized.
        step_s: Seconds of a step, the median over the rounds.
        term_s: Those of the regularization alone, forward and backward.
    """

    convolutions: int
    step_s: float
    term_s: float


def measure_orthogonal(cfg: Config, size: tuple[int, int], batch_size: int, rounds: int) -> OrthogonalCost:
    """Take training steps of a composed config and, in turn with them, the regularization alone.

    Args:
        cfg: The config; its network starts from random weights.
        size: Height and width of the images.
        batch_size: Images of every stream.
        rounds: Measured rounds, after one to warm up.

    Raises:
        ConfigError: When the config has no orthogonal regularization.
    """
    bench = build_bench(cfg, size, batch_size)
    learner = bench.learner
    terms = [one for one in learner.objectives.values() if isinstance(one, OrthogonalRegularization)]
    if not terms:
        raise ConfigError(
            f'config {cfg.filename} has no OrthogonalRegularization to measure; ccam/sd_cityscapes_372_affinemix_or has'
        )
    empty = Step(learner.network, learner.tasks, {}, learner.routes)

    def alone() -> None:
        torch.stack([value for term in terms for value in term.losses(empty).values()]).sum().backward()

    bench.step()
    times = [(bench.seconds(bench.step), bench.seconds(alone)) for _ in range(rounds)]
    step_s, term_s = (statistics.median(each) for each in zip(*times, strict=True))
    found = sum(len(convolutions(learner.network, term.parts)) for term in terms)
    return OrthogonalCost(found, step_s, term_s)
