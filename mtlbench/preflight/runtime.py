"""Checks of the training environment: schedulers, hooks and loaders."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from mtlbench.config.arguments import arguments_of
from mtlbench.config.keys import loaders_of
from mtlbench.config.nodes import Node, member_of
from mtlbench.config.roles import HOOK, TOP, Role
from mtlbench.errors import ConfigError
from mtlbench.registry import DATA_SAMPLERS, HOOKS, LOOPS


def check_runtime(cfg: Mapping[str, Any], nodes: list[Node]) -> None:
    """Reject schedulers that never step, missing hooks, and loaders that never end or leave samples out.

    Args:
        cfg: Composed config.
        nodes: Parts of the config.

    Raises:
        ConfigError: When a setting is wrong; the message names the correct one.
    """
    if cfg.get('train_cfg'):
        check_schedulers(cfg, nodes)
        check_hooks(cfg)
        check_turns(cfg)
    for place, loader in loaders_of(cfg):
        if place.startswith('train_dataloader.'):
            check_training_loader(place, loader)
        else:
            check_evaluation_loader(place, loader)


def check_schedulers(cfg: Mapping[str, Any], nodes: list[Node]) -> None:
    """Reject schedulers that count epochs if the loop counts updates."""
    from mmengine.runner import IterBasedTrainLoop

    loop: Any = member_of(cfg['train_cfg'].get('type', 'StreamTrainLoop'), Role(LOOPS))
    if not (inspect.isclass(loop) and issubclass(loop, IterBasedTrainLoop)):
        return
    for node in nodes:
        if node.role is not TOP['param_scheduler'] or node.member is None:
            continue
        # Schedulers that follow metrics step after each validation.
        if getattr(node.member, 'need_val_args', False):
            continue
        by_epoch = node.settings.get('by_epoch', 'by_epoch' in arguments_of(node.member).named)
        if by_epoch and not node.settings.get('convert_to_iter_based'):
            raise ConfigError(
                f'{node.place}: {node.settings["type"]} counts epochs, but training counts updates, so the rate would '
                'never change; set by_epoch=False'
            )


def check_hooks(cfg: Mapping[str, Any]) -> None:
    """Reject training without the hooks that schedules, checkpoints and records need."""
    hooks = list(hooks_of(cfg))
    wanted = {'record': 'ResultRecordHook', 'checkpoint': 'AtomicCheckpointHook', 'runtime_info': 'RuntimeInfoHook'}
    if cfg.get('param_scheduler'):
        wanted['param_scheduler'] = 'ParamSchedulerHook'
    for name, kind in wanted.items():
        if not any(issubclass(hook, HOOKS.get(kind)) for hook in hooks):
            raise ConfigError(
                f'default_hooks has no {kind}, without which a run leaves no complete record; '
                f"set default_hooks=dict({name}=dict(type='{kind}')), or add the base default_runtime.py"
            )


def check_turns(cfg: Mapping[str, Any]) -> None:
    """Reject gradient accumulation if the network learns from one stream after the other."""
    routes = (cfg.get('model') or {}).get('routes') or {}
    if routes.get('in_turn') and (cfg.get('optim_wrapper') or {}).get('accumulative_counts', 1) > 1:
        raise ConfigError(
            'model.routes.in_turn makes a step after each stream, so gradients cannot accumulate over updates; '
            'set optim_wrapper.accumulative_counts=1'
        )


def check_training_loader(place: str, loader: Mapping[str, Any]) -> None:
    """Reject a stream whose sampler ends."""
    if not _endless(loader):
        raise ConfigError(f"{place}.sampler ends after one pass, but a stream must not; use dict(type='StreamSampler')")


def check_evaluation_loader(place: str, loader: Mapping[str, Any]) -> None:
    """Reject a loader that does not yield each sample once."""
    usual = "dict(type='DefaultSampler', shuffle=False, round_up=False)"
    if _endless(loader):
        raise ConfigError(f'{place}.sampler never ends, so evaluation would not end; use {usual}')
    for key in ('drop_last', 'num_batch_per_epoch'):
        if loader.get(key):
            raise ConfigError(
                f'{place}.{key} leaves samples out of the evaluation, but a record must count all; remove it'
            )
    if (loader.get('sampler') or {}).get('round_up'):
        raise ConfigError(f'{place}.sampler.round_up counts samples twice with several processes; use {usual}')


def _endless(loader: Mapping[str, Any]) -> bool:
    """Return whether a sampler is endless and can start anywhere."""
    sampler = loader.get('sampler')
    return sampler is not None and hasattr(member_of(sampler['type'], Role(DATA_SAMPLERS)), 'set_start')


def hooks_of(cfg: Mapping[str, Any]) -> Iterator[type]:
    """Return the classes of all hooks."""
    given = [*(cfg.get('default_hooks') or {}).values(), *(cfg.get('custom_hooks') or [])]
    for hook in given:
        member = member_of(hook['type'], HOOK) if isinstance(hook, Mapping) else type(hook)
        if inspect.isclass(member):
            yield member
