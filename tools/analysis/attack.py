"""Measure the time of an iterated attack in relation to its forward and backward passes."""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, run_request, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from torch import Tensor

    from mtlbench.learner import Learner
    from mtlbench.robustness import Case


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        description=__doc__, epilog='example:\n  python tools/analysis/attack.py xtam/sd_vkitti2 --iterations 10'
    )
    add_config_arguments(parser)
    parser.add_argument('--size', type=whole(1), nargs=2, default=[192, 640], metavar=('HEIGHT', 'WIDTH'))
    parser.add_argument('--batch', type=whole(1), default=1, help='images per batch (default: 1)')
    parser.add_argument('--iterations', type=whole(1), default=40, help='iterations of the attack (default: 40)')
    parser.add_argument('--rounds', type=whole(1), default=5, help='measured rounds (default: 5)')
    return parser


def main() -> None:
    """Time the passes and the attack in turn, so that what else the machine does disturbs both alike."""
    args = build_parser().parse_args()
    from mmengine.registry import init_default_scope

    from mtlbench.engine.allocator import keep_freed_memory
    from mtlbench.engine.launch import configure
    from mtlbench.registry import MODELS
    from mtlbench.robustness import PGD

    cfg = configure(run_request(args))
    init_default_scope(cfg.default_scope)
    keep_freed_memory()
    case = build_case(MODELS.build(cfg.model), tuple(args.size), args.batch)
    device = case.images.device
    attack = PGD(iterations=args.iterations)
    plain_pass(case)
    spent = [
        (
            seconds(lambda: [plain_pass(case) for _ in range(args.iterations)], device),
            seconds(lambda: attack(case, 8.0), device),
        )
        for _ in range(args.rounds)
    ]
    passes, whole = (statistics.median(times) for times in zip(*spent, strict=True))
    share = statistics.median(one / other for one, other in spent)
    print(f'{args.iterations} x (forward + backward): {passes:.2f} s; attack of {args.iterations} steps: {whole:.2f} s')
    print(f'median of the shares: {100 * share:.1f} % of an attack')


def build_case(learner: Learner, size: tuple[int, int], count: int) -> Case:
    """Noise with labels, and the learner's first task as the one attacked."""
    import torch

    from mtlbench.analysis.bench import random_batch
    from mtlbench.robustness import Case, Victim

    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    learner = learner.to(device).eval().requires_grad_(False)
    task = next(iter(learner.tasks.values()))
    data = learner.data_preprocessor(random_batch({task.name: task}, count, size), False)
    batch = data['batches']['evaluation']
    labels = [sample.label(task.name) for sample in batch.samples]
    return Case(batch.images * 255, range(count), Victim(learner.network, task, labels))


def plain_pass(case: Case) -> Tensor:
    """One forward pass, and one backward pass to the image, without anything around."""
    import torch

    victim = case.attacked
    images = case.images.detach().requires_grad_()
    prediction = victim.network(images / 255, [victim.task.name])[victim.task.name][0]
    loss = victim.task.loss(prediction, torch.stack([label for label in victim.labels if label is not None]))
    return torch.autograd.grad(loss, images)[0]


def seconds(step: Callable[[], object], device: torch.device) -> float:
    """Wall time of a call, with the device's queue drained around it."""
    import torch

    if device.type == 'cuda':
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    step()
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


if __name__ == '__main__':
    friendly(main)
