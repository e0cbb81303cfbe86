"""Cost of the exchanges of a network in a training step."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from mtlbench.analysis.bench import build_bench
from mtlbench.analysis.memory import peak_bytes
from mtlbench.errors import ConfigError
from mtlbench.models.exchanges import Exchange
from mtlbench.models.exchanges.correlation import SpatialAttention
from mtlbench.registry import MODELS

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
    times = bench.in_turn([bench.step, alone], rounds)
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


class AttentionMemory(NamedTuple):
    """Memory of one direction of a correlation attention.

    Args:
        level: Decoder level of the exchange.
        area: Area of the images, as a multiple of the given one.
        held: Peak bytes of a forward and a backward pass.
        matrix: Bytes of the correlation matrix of all positions with all, if it were kept whole.
    """

    level: int
    area: int
    held: int
    matrix: int


def attention_memory(cfg: Config, size: tuple[int, int], batch_size: int) -> list[AttentionMemory]:
    """Measure the attention of each exchange level at a size of images, and at four times its area.

    Args:
        cfg: Composed config.
        size: Height and width of the images.
        batch_size: Images a step.
    """
    init_default_scope(cfg.default_scope)
    with torch.device('meta'):
        exchanges = MODELS.build(cfg.model).network.exchanges
    found = []
    for level, exchange in exchanges.items():
        attentions = [part for part in exchange.modules() if isinstance(part, SpatialAttention)]
        for scale in (1, 2) if attentions else ():
            attention = attentions[0].to_empty(device='cpu')
            height, width = (scale * side // 2 ** int(level) for side in size)
            shape = (batch_size, exchange.channels, height, width)
            held = peak_bytes(
                partial(_both_passes, attention, *(torch.randn(shape).requires_grad_() for _ in range(2)))
            )
            positions = [height * width // factor**2 for factor in (attention.target_factor, attention.source_factor)]
            matrix = 4 * batch_size * positions[0] * positions[1]
            found.append(AttentionMemory(int(level), scale**2, held, matrix))
    return found


def _both_passes(attention: SpatialAttention, target: Tensor, source: Tensor) -> None:
    attention(target, source).sum().backward()
