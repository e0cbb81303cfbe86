"""Time of an iterated attack compared with its forward and backward passes alone."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor

from mtlbench.analysis.bench import random_batch
from mtlbench.engine.allocator import keep_freed_memory
from mtlbench.learner import Learner
from mtlbench.registry import MODELS
from mtlbench.robustness import PGD, Case, Victim

STRENGTH = 8.0


class AttackCost(NamedTuple):
    """Medians over the measured rounds.

    Args:
        passes_s: Seconds of as many forward and backward passes as the attack has steps.
        attack_s: Seconds of the attack.
        share: Share of the attack's time that the passes take, measured in turn with it.
    """

    passes_s: float
    attack_s: float
    share: float


def measure_attack(cfg: Config, size: tuple[int, int], batch_size: int, iterations: int, rounds: int) -> AttackCost:
    """Time passes and attack in turn, so that other work on the machine disturbs both alike.

    Args:
        cfg: Composed config; its network has random weights.
        size: Height and width of the images.
        batch_size: Images attacked at once.
        iterations: Steps of the attack.
        rounds: Measured rounds, after one pass to warm up.
    """
    init_default_scope(cfg.default_scope)
    keep_freed_memory()
    case = build_case(MODELS.build(cfg.model), size, batch_size)
    device, attack = case.images.device, PGD(iterations=iterations)
    plain_pass(case)
    spent = [
        (
            seconds(lambda: [plain_pass(case) for _ in range(iterations)], device),
            seconds(lambda: attack(case, STRENGTH), device),
        )
        for _ in range(rounds)
    ]
    passes, whole = (statistics.median(times) for times in zip(*spent, strict=True))
    return AttackCost(passes, whole, statistics.median(one / other for one, other in spent))


def build_case(learner: Learner, size: tuple[int, int], count: int) -> Case:
    """Create a batch of labeled noise for an attack on the learner's first task."""
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    learner = learner.to(device).eval().requires_grad_(False)
    task = next(iter(learner.tasks.values()))
    data = learner.data_preprocessor(random_batch({task.name: task}, count, size), False)
    batch = data['batches']['evaluation']
    labels = [sample.label(task.name) for sample in batch.samples]
    return Case(batch.images * 255, range(count), Victim(learner.network, task, labels))


def plain_pass(case: Case) -> Tensor:
    """Make one forward pass, and one backward pass to the image, without overhead."""
    victim = case.attacked
    images = case.images.detach().requires_grad_()
    prediction = victim.network(images / 255, [victim.task.name])[victim.task.name][0]
    loss = victim.task.loss(prediction, torch.stack([label for label in victim.labels if label is not None]))
    return torch.autograd.grad(loss, images)[0]


def seconds(step: Callable[[], object], device: torch.device) -> float:
    """Wall time of a call, with the device's queue drained around it."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    step()
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
    return time.perf_counter() - start
