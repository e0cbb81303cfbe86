"""Cost of the exchanges of a network in a training step."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

import torch
from mmengine.config import Config
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from mtlbench.analysis.bench import build_bench
from mtlbench.errors import ConfigError
from mtlbench.models.exchanges import Exchange

Maps = dict[str, Tensor]


@dataclass(frozen=True)
class ExchangeCost:
    """Cost of the exchanges, forward and backward, and of the whole training step.

    Args:
        step_s: Seconds of a step: median over the rounds, of processor time on a CPU and of wall time on a GPU.
        exchange_s: Seconds of the exchanges alone, on maps of the same sizes.
        step_gflop: Floating-point operations (1e9) of a step.
        exchange_gflop: Floating-point operations (1e9) of the exchanges alone.
    """

    step_s: float
    exchange_s: float
    step_gflop: float
    exchange_gflop: float


def measure_exchange(cfg: Config, size: tuple[int, int], batch_size: int, rounds: int) -> ExchangeCost:
    """Make training steps of a composed config, alternating with passes of its exchanges alone.

    Args:
        cfg: Composed config; its network starts from random weights.
        size: Height and width of the images.
        batch_size: Number of images of every stream.
        rounds: Number of measured rounds, after one for warm-up.

    Raises:
        ConfigError: When the network has no exchange.
    """
    bench = build_bench(cfg, size, batch_size)
    learner = bench.learner
    if not learner.network.exchanges:
        raise ConfigError(f'config {cfg.filename} has no exchange to measure; use a config of xtam or padnet')
    calls: list[tuple[Exchange, Maps]] = []
    hooks = [one.register_forward_pre_hook(_keep_maps(calls)) for one in learner.network.exchanges.values()]

    def alone() -> None:
        with bench.wrapper.optim_context(learner):
            refined = [value for exchange, maps in calls for value in exchange(maps).values()]
        torch.autograd.backward(refined, [torch.ones_like(value) for value in refined])

    step_gflop = _gflop(bench.step)
    for hook in hooks:
        hook.remove()
    exchange_gflop = _gflop(alone)
    times = [(bench.seconds(bench.step), bench.seconds(alone)) for _ in range(rounds)]
    step_s, exchange_s = (statistics.median(each) for each in zip(*times, strict=True))
    return ExchangeCost(step_s, exchange_s, step_gflop, exchange_gflop)


def _keep_maps(calls: list[tuple[Exchange, Maps]]) -> Callable:
    """Return a hook that stores noise of the sizes of each call of an exchange: one call per stream."""

    def hook(exchange: Exchange, args: tuple[Maps]) -> None:
        noise = {task: torch.randn_like(value).requires_grad_() for task, value in args[0].items()}
        calls.append((exchange, noise))

    return hook


def _gflop(run: Callable[[], None]) -> float:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops() / 1e9
