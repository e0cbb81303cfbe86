"""Checks that a run can resume from a checkpoint: its state is complete and has the shapes of this run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner

from mtlbench.errors import CheckpointError

HISTORY = 'all_validations'
"""Key of the metrics of all validations in a checkpoint."""
_HUB = ('log_scalars', 'runtime_info', 'resumed_keys')
_BUFFER = {'log', 'count', 'max_length'}


def check_resumable(checkpoint: Mapping[str, Any], runner: Runner, source: str) -> None:
    """Check everything except weights and schedules, before any of it is loaded.

    Args:
        checkpoint: Content of the checkpoint.
        runner: Runner with its optimizers built.
        source: Name of the checkpoint in messages.

    Raises:
        CheckpointError: When a part is missing or malformed; the message names the first one.
    """
    with _naming(source):
        _check_meta(checkpoint.get('meta'), runner)
        _check_hub(checkpoint.get('message_hub'))
        _check_optimizers(checkpoint.get('optimizer'), runner.optim_wrapper)


def check_schedulers(checkpoint: Mapping[str, Any], runner: Runner, source: str) -> None:
    """Check the schedules as :func:`check_resumable` checks the rest; call it only if they have not changed."""
    with _naming(source):
        _check_schedulers(checkpoint.get('param_schedulers'), runner.param_schedulers)


@contextmanager
def _naming(source: str) -> Iterator[None]:
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(
            f'cannot resume from {source}: {error}. Use an older checkpoint of that run, or train anew'
        ) from error


def _require(holds: bool, what: str, expected: str) -> None:
    if not holds:
        raise CheckpointError(f"its '{what}' is not {expected}")


def _check_meta(meta: Any, runner: Runner) -> None:
    _require(isinstance(meta, dict), 'meta', 'a dict')
    for key in ('iter', 'epoch'):
        _require(_is_whole(meta.get(key)), f'meta.{key}', 'a whole number from 0')
    _require(meta['iter'] <= runner.max_iters, 'meta.iter', f'at most {runner.max_iters}, the updates of this config')
    _require(meta.get('seed') is None or _is_whole(meta['seed']), 'meta.seed', 'a whole number from 0')


def _check_hub(hub: Any) -> None:
    _require(isinstance(hub, dict), 'message_hub', 'a dict')
    for key in _HUB:
        _require(isinstance(hub.get(key), dict), f'message_hub.{key}', 'a dict')
    for name, buffer in hub['log_scalars'].items():
        _require(_is_buffer(buffer), f'message_hub.log_scalars.{name}', 'a history of numbers')
    history = hub['runtime_info'].get(HISTORY, [])
    holds = isinstance(history, list) and all(map(_is_validation, history))
    _require(holds, f'message_hub.runtime_info.{HISTORY}', 'a list of validations')


def _is_validation(entry: Any) -> bool:
    return isinstance(entry, dict) and 'iter' in entry and all(map(_is_number, entry.values()))


def _is_buffer(buffer: Any) -> bool:
    if not isinstance(buffer, dict) or set(buffer) != _BUFFER or not _is_whole(buffer['max_length']):
        return False
    try:
        log, count = (np.asarray(buffer[key]) for key in ('log', 'count'))
    except ValueError:
        return False
    return log.ndim == count.ndim == 1 and len(log) == len(count) and {log.dtype.kind, count.dtype.kind} <= set('iuf')


def _check_optimizers(state: Any, wrapper: OptimWrapper | OptimWrapperDict) -> None:
    if not isinstance(wrapper, OptimWrapperDict):
        _check_optimizer(state, wrapper, 'optimizer')
        return
    names = list(wrapper.keys())
    _require(isinstance(state, dict) and set(state) == set(names), 'optimizer', f'a dict of {", ".join(names)}')
    for name, one in wrapper.items():
        _check_optimizer(state[name], one, f'optimizer.{name}')


def _check_optimizer(state: Any, wrapper: OptimWrapper, where: str) -> None:
    own = wrapper.state_dict()
    _require(isinstance(state, dict) and isinstance(state.get('state'), dict), where, 'the state of an optimizer')
    for key in own.keys() - {'state', 'param_groups', 'loss_scaler'}:
        _require(_is_alike(state.get(key), own[key]), f'{where}.{key}', 'as in this run')
    groups = state.get('param_groups')
    count = len(own['param_groups'])
    _require(isinstance(groups, list) and len(groups) == count, f'{where}.param_groups', f'a list of {count} groups')
    for number, (group, mine) in enumerate(zip(groups, own['param_groups'], strict=True)):
        alike = isinstance(group, dict) and all(key in group and _is_alike(group[key], mine[key]) for key in mine)
        _require(alike, f'{where}.param_groups.{number}', f'a group of {len(mine["params"])} parameters as in this run')
    parameters = [parameter for group in wrapper.optimizer.param_groups for parameter in group['params']]
    for index, values in state['state'].items():
        known = _is_whole(index) and index < len(parameters) and isinstance(values, dict)
        fits = known and all(_is_state(value, parameters[index]) for value in values.values())
        _require(fits, f'{where}.state.{index}', 'the state of a parameter of this run')


def _is_state(value: Any, parameter: torch.Tensor) -> bool:
    """Return whether a value can be a moment of a parameter, or a count."""
    if not isinstance(value, torch.Tensor):
        return value is None or _is_number(value)
    return value.shape in (parameter.shape, torch.Size([])) and bool(value.isfinite().all())


def _check_schedulers(states: Any, own: Any) -> None:
    if isinstance(own, dict):
        _require(
            isinstance(states, dict) and set(states) == set(own), 'param_schedulers', f'a dict of {", ".join(own)}'
        )
        for name, schedulers in own.items():
            _check_schedulers(states[name], schedulers)
        return
    _require(isinstance(states, list) and len(states) == len(own), 'param_schedulers', f'a list of {len(own)}')
    for number, (state, scheduler) in enumerate(zip(states, own, strict=True)):
        mine = {key: value for key, value in scheduler.state_dict().items() if not callable(value)}
        # A scheduler loads every key as an attribute, so no other key may exist.
        alike = isinstance(state, dict) and set(state) == set(mine) and all(_is_alike(state[k], mine[k]) for k in mine)
        _require(alike, f'param_schedulers.{number}', f'the state of a {type(scheduler).__name__}')


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_alike(value: Any, own: Any) -> bool:
    """Return whether a value can replace another: same type and length, and finite where the other is."""
    if isinstance(own, torch.Tensor):
        return isinstance(value, torch.Tensor) and value.shape == own.shape
    if own is None or isinstance(own, (bool, str)):
        return value is None or isinstance(value, (bool, str, int, float))
    if _is_number(own):
        return _is_number(value) and (math.isfinite(value) or not math.isfinite(own))
    if isinstance(own, Mapping):
        return isinstance(value, Mapping) and all(key in value and _is_alike(value[key], own[key]) for key in own)
    if isinstance(own, Sequence):
        same = isinstance(value, (list, tuple)) and len(value) == len(own)
        return same and all(map(_is_alike, value, own))
    return isinstance(value, type(own))
