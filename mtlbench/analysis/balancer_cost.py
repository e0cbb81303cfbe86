"""Time and memory of a training step by balancer."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mmengine.config import Config

from mtlbench.analysis.bench import Bench, build_bench
from mtlbench.analysis.memory import peak_bytes
from mtlbench.balancers import FixedWeights
from mtlbench.registry import BALANCERS
from mtlbench.structures.shared_maps import cut_shared_maps
from mtlbench.utils.choices import require_known

FIXED = FixedWeights.__name__


@dataclass(frozen=True)
class BalancerCost:
    """Cost of a training step.

    Args:
        balancer: Class of the balancer.
        gradients_on: What the tasks' gradients are compared on: ``'maps'`` or ``'parameters'``; None: only losses are.
        step_s: Seconds of a step: median over the rounds, of processor time on a CPU and of wall time on a GPU.
        ratio: Time in relation to a step with fixed weights: median over the rounds.
        memory: Peak bytes above those of a step with fixed weights.
    """

    balancer: str
    gradients_on: str | None
    step_s: float
    ratio: float
    memory: int


def measure_balancers(
    cfg: Config, names: Iterable[str], size: tuple[int, int], batch_size: int, rounds: int
) -> list[BalancerCost]:
    """Make training steps with each balancer in turn, with the learner of one config.

    Args:
        cfg: Composed config; its network starts from random weights.
        names: Classes of balancers, which take their default arguments; fixed weights come first in any case.
        size: Height and width of the images.
        batch_size: Number of images of every stream.
        rounds: Number of measured rounds, after one for warm-up.

    Raises:
        ConfigError: When there is no such balancer, or it does not suit the config.
        MissingExtraError: When a balancer needs a package that is not installed.
    """
    names = [FIXED, *(name for name in dict.fromkeys(names) if name != FIXED)]
    for name in names:
        require_known('--balancers', name, BALANCERS.module_dict)
    wanted = cfg.model.get('gradients_on', 'maps')
    cfg = Config(dict(cfg.to_dict(), model=dict(cfg.model.to_dict(), balancer=_config(FIXED, list(cfg.model.tasks)))))
    bench = build_bench(cfg, size, batch_size)
    with cut_shared_maps() as maps:
        bench.step()
    places = [_place(name, wanted if maps.given else 'parameters') for name in names]
    steps = [_step_with(bench, name, wanted) for name in names]
    steps[0]()  # The cut step left the encoder, and its part of the optimizer's state, out.
    memory = [peak_bytes(step) for step in steps]
    times = bench.in_turn(steps, rounds)
    return [
        BalancerCost(
            name,
            places[row],
            statistics.median(one[row] for one in times),
            statistics.median(one[row] / one[0] for one in times),
            memory[row] - memory[0],
        )
        for row, name in enumerate(names)
    ]


def _step_with(bench: Bench, name: str, gradients_on: str) -> Callable[[], None]:
    learner = bench.learner
    learner.use_balancer(_config(name, list(learner.tasks)), gradients_on)
    balancer, separate = learner.balancer.to(bench.device), learner.separate
    balancer.prepare()

    def step() -> None:
        learner.balancer, learner.separate = balancer, separate
        bench.step()

    return step


def _config(name: str, tasks: list[str]) -> dict:
    return dict(type=name, weights=dict.fromkeys(tasks, 1.0)) if name == FIXED else dict(type=name)


def _place(name: str, gradients_on: str) -> str | None:
    return None if BALANCERS.get(name).consumes == 'losses' else gradients_on
