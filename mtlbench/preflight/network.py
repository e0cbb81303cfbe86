"""Checks of the learner on torch's meta device, which needs neither memory nor time."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from unittest import mock

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from mtlbench.errors import ConfigError, MTLBenchError
from mtlbench.models.encoders import Encoder
from mtlbench.preflight.build import placed
from mtlbench.preflight.data import Size, Source
from mtlbench.registry import MODELS, PARAM_SCHEDULERS
from mtlbench.utils.quiet import quietly

MOST_TRIED = 32


def build_learner(cfg: Config) -> Any:
    """Build the learner with parameters that have shapes but no values; return None if a part does not support it.

    Raises:
        ConfigError: What a constructor raised, with its place in the config.
    """
    with only_meant(), placed(cfg), torch.device('meta'):
        return MODELS.build(cfg.model)
    return None


def check_weights(learner: Any) -> None:
    """Find the pretrained weights, and compare them with their encoders.

    Raises:
        CheckpointError: When a file is missing, unreadable or does not fit.
        ConfigError: When no weights of that name exist.
    """
    for module in learner.modules():
        if isinstance(module, Encoder):
            with only_meant(), warnings.catch_warnings():
                warnings.simplefilter('ignore')  # nothing is copied, and torch warns about each tensor
                module.load_pretrained()


def check_optimizer(cfg: Config, learner: Any) -> None:
    """Build the optimizer and its schedulers, and make an update with zero gradients.

    Raises:
        ConfigError: What a constructor raised, with its place in the config.
    """
    with only_meant(), placed(cfg), quietly():
        wrapper: Any = build_optim_wrapper(learner, _without_fusion(cfg.optim_wrapper.to_dict()))
        schedulers = cfg.get('param_scheduler') or []
        by_name = dict(wrapper.items()) if hasattr(wrapper, 'items') else {}
        if isinstance(schedulers, dict) and 'type' not in schedulers and set(schedulers) != set(by_name):
            raise ConfigError(
                f'param_scheduler names {", ".join(schedulers)}, but the optimizers are {", ".join(by_name) or "one"}; '
                'give each optimizer its schedulers'
            )
        for name, node in _schedulers(schedulers):
            usual = dict(optimizer=by_name.get(name, wrapper), epoch_length=1, end=cfg.train_cfg.max_iters)
            PARAM_SCHEDULERS.build(node, default_args=usual)
    for one in by_name.values() if by_name else [wrapper]:
        _check_update(one.optimizer)


def _check_update(optimizer: torch.optim.Optimizer) -> None:
    parameters = [one for group in optimizer.param_groups for one in group['params']]
    for one in parameters:
        one.grad = torch.zeros_like(one)
    try:
        with only_meant():
            optimizer.step()
    except (TypeError, RuntimeError) as error:
        raise ConfigError(f'optim_wrapper: {type(optimizer).__name__} cannot make an update: {error}') from error
    finally:
        optimizer.zero_grad()


def check_size(learner: Any, source: Source, size: Size) -> None:
    """Run the network on images of a size.

    Raises:
        ConfigError: When the network rejects the size; the message gives the smallest valid one.
    """
    training = source.place.startswith('train_dataloader.')
    batch = source.batch_size if training else 1
    error = _refusal(learner, batch, size, training)
    if error is None:
        return
    if isinstance(error, ConfigError):
        raise ConfigError(f'{source.place}: {error}') from error
    multiple = int(getattr(learner.network, 'size_multiple', 1))
    sides = range(multiple, (MOST_TRIED + 1) * multiple, multiple)
    goes = next((side for side in sides if _refusal(learner, batch, (side, side), training) is None), None)
    hint = f'; use at least {goes} x {goes}, in multiples of {multiple}' if goes else ''
    raise ConfigError(
        f'{source.place}: the network rejects images of {size[0]} x {size[1]} in batches of {batch}: {error}{hint}'
    ) from error


@contextmanager
def only_meant() -> Iterator[None]:
    """Ignore errors caused only by the meta device; the real parts will report the others."""
    try:
        yield
    except MTLBenchError as error:
        if not _is_of_meta(error.__cause__ or error):
            raise
    except Exception as error:
        if not _is_of_meta(error):
            raise


def _is_of_meta(error: BaseException) -> bool:
    text = str(error).lower()
    return isinstance(error, NotImplementedError | RuntimeError) and ('meta' in text or 'autocast' in text)


def _refusal(learner: Any, batch: int, size: Size, training: bool) -> Exception | None:
    learner.network.train(training)
    try:
        with torch.no_grad(), only_meant(), _without_autocast():
            learner.network(torch.empty(batch, 3, *size, device='meta'))
    except (RuntimeError, ValueError) as error:
        return error
    return None


def _without_autocast() -> AbstractContextManager:
    """Disable autocast, which the meta device lacks and which changes no shape."""
    return mock.patch.object(torch, 'autocast', lambda *_, **__: nullcontext())


def _without_fusion(settings: Any) -> Any:
    """Remove ``fused``, which no optimizer supports on the meta device."""
    if isinstance(settings, dict):
        return {key: _without_fusion(value) for key, value in settings.items() if key != 'fused'}
    return settings


def _schedulers(given: Any) -> Iterable[tuple[str, Any]]:
    groups = given if isinstance(given, dict) and 'type' not in given else {'': given}
    for name, nodes in groups.items():
        for node in nodes if isinstance(nodes, list | tuple) else [nodes]:
            yield name, dict(node)
