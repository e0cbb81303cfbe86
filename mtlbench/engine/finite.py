"""Checks that the state of a run is finite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import torch
from mmengine import dist
from mmengine.runner import Runner
from torch import Tensor

from mtlbench.engine.accumulation import wrappers
from mtlbench.engine.model import learner_of
from mtlbench.errors import TrainingError

NAMED = 4
SMALLEST_SCALE = 2.0**-24  # reached when forty updates in a row were skipped
Key = TypeVar('Key')


def largest_values(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the largest absolute value of each floating-point tensor, or NaN, without synchronizing its device."""
    groups: dict[tuple[torch.device, torch.dtype], list[str]] = {}
    for name, value in tensors.items():
        if value.is_floating_point() and value.numel():
            groups.setdefault((value.device, value.dtype), []).append(name)
    found: dict[str, Tensor] = {}
    for names in groups.values():
        norms = torch._foreach_norm([tensors[name].detach() for name in names], float('inf'))
        found.update(zip(names, norms, strict=True))
    return found


def not_finite(norms: Mapping[Key, Tensor]) -> list[Key]:
    """Return the names of norms that are NaN or infinite."""
    groups: dict[tuple[torch.device, torch.dtype], list[Key]] = {}
    for name, norm in norms.items():
        groups.setdefault((norm.device, norm.dtype), []).append(name)
    flags: dict[Key, bool] = {}
    for names in groups.values():
        finite = torch.stack([norms[name] for name in names]).isfinite().tolist()
        flags.update(zip(names, finite, strict=True))
    return [name for name in norms if not flags[name]]


def check_state(runner: Runner, iteration: int) -> None:
    """Check that weights, buffers and the state of the optimizers are finite in all processes.

    Args:
        runner: Runner of the training.
        iteration: Number of iterations made, for the message.

    Raises:
        TrainingError: In all processes, when a value is not finite; the message names it.
    """
    learner = learner_of(runner)
    state = {**learner.state_dict(), **dict(_optimizer_state(runner))}
    everywhere = dist.all_gather_object([*not_finite(largest_values(state)), *_vanished_scales(runner)])
    names = list(dict.fromkeys(name for found in everywhere for name in found))
    if names:
        raise TrainingError(message('the state of the run', shortened(names), iteration, runner.work_dir))


def message(what: str, names: Iterable[str], iteration: int, folder: str) -> str:
    """Format one line on values that are not finite: their names, the iteration, and the last good checkpoint."""
    return (
        f'{what} is not finite at iteration {iteration} ({", ".join(names)}). The last good checkpoint is kept in '
        f'{folder}. Check the data of that iteration, lower the learning rate, or train without --amp'
    )


def shortened(names: Sequence[str]) -> list[str]:
    """Return the first names, and the number of the others."""
    return [*names[:NAMED], *([f'and {len(names) - NAMED} more'] if len(names) > NAMED else [])]


def _vanished_scales(runner: Runner) -> list[str]:
    """Return the float16 loss scales that have vanished because every gradient overflowed."""
    scalers = {name: getattr(wrapper, 'scaler', None) for name, wrapper in wrappers(runner).items()}
    return [
        f'loss scale of float16{name and f" of {name}"}'
        for name, scaler in scalers.items()
        if scaler is not None and scaler.is_enabled() and scaler.get_scale() < SMALLEST_SCALE
    ]


def _optimizer_state(runner: Runner) -> Iterator[tuple[str, Tensor]]:
    names = {id(parameter): name for name, parameter in runner.model.named_parameters()}
    for wrapper in wrappers(runner).values():
        for parameter, state in wrapper.optimizer.state.items():
            for key, value in state.items():
                if isinstance(value, Tensor):
                    yield f'{key} of {names.get(id(parameter), "a parameter").removeprefix("module.")}', value
