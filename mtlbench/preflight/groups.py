"""Checks of parameter groups and gradient clipping, whose wrong settings torch ignores or reports late."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from mtlbench.config.arguments import arguments_of
from mtlbench.config.nodes import member_of
from mtlbench.config.roles import OPTIMIZER, Role
from mtlbench.errors import ConfigError
from mtlbench.registry import OPTIM_WRAPPER_CONSTRUCTORS
from mtlbench.utils.choices import nearest_or_all

GROUPED = 'GroupedOptimWrapperConstructor'
DEFAULT = 'DefaultOptimWrapperConstructor'
PARAMWISE = [
    *('custom_keys', 'bias_lr_mult', 'bias_decay_mult', 'norm_decay_mult', 'flat_decay_mult', 'dwconv_decay_mult'),
    *('dcn_offset_lr_mult', 'bypass_duplicate'),
]
"""Settings that mmengine's own constructor reads; it ignores any other."""
CLIPS: dict[str, Callable] = {'norm': clip_grad_norm_, 'value': clip_grad_value_}


def check_groups(cfg: Mapping[str, Any]) -> None:
    """Reject settings of parameter groups and gradient clipping that torch does not have.

    Raises:
        ConfigError: When a setting is unknown; the message lists the known ones.
    """
    wrapper = cfg.get('optim_wrapper') or {}
    for place, node in _wrappers(wrapper):
        for key in ('optimizer', 'paramwise_cfg'):
            if not isinstance(node.get(key) or {}, Mapping):
                raise ConfigError(f'{place}.{key} is {node[key]!r:.80}, expected a dict')
        _check_clip(node.get('clip_grad'), f'{place}.clip_grad')
    optimizer = wrapper.get('optimizer') or {}
    member = member_of(optimizer.get('type'), OPTIMIZER) if optimizer else None
    groups, constructor = wrapper.get('paramwise_cfg') or {}, wrapper.get('constructor')
    if not isinstance(groups, Mapping):
        raise ConfigError(f'optim_wrapper.paramwise_cfg is {groups!r:.80}, expected a dict')
    if constructor is not None:
        _constructor(constructor)
    if constructor in (None, DEFAULT):
        _refuse(groups, PARAMWISE, 'optim_wrapper.paramwise_cfg')
    if constructor != GROUPED or member is None or arguments_of(member).open:
        return
    known = [name for name in arguments_of(member).named if name != 'params']
    for part, settings in groups.items():
        place = f'optim_wrapper.paramwise_cfg.{part}'
        if not isinstance(settings, Mapping):
            raise ConfigError(f'{place} is {settings!r:.80}, expected a dict such as dict(lr=1e-3)')
        _refuse(settings, known, place)


def _constructor(kind: Any) -> None:
    try:
        member_of(kind, Role(OPTIM_WRAPPER_CONSTRUCTORS))
    except ConfigError as error:
        raise ConfigError(f'optim_wrapper.constructor: {error}') from error


def _wrappers(wrapper: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield 'optim_wrapper', wrapper
    if wrapper.get('critics'):
        yield 'optim_wrapper.critics', wrapper['critics']


def _check_clip(clip: Any, place: str) -> None:
    if clip is None:
        return
    kind = clip.get('type', 'norm') if isinstance(clip, Mapping) else None
    if kind not in CLIPS:
        raise ConfigError(
            f'{place} is {clip!r:.80}, expected a dict such as dict(max_norm=10), of type {" or ".join(CLIPS)}'
        )
    known = [name for name in inspect.signature(CLIPS[kind]).parameters if name != 'parameters']
    _refuse([key for key in clip if key != 'type'], known, place)
    if clip.get(known[0]) is None:
        raise ConfigError(f"{place} has no '{known[0]}'; set it to a number above 0")


def _refuse(given: Any, known: list[str], place: str) -> None:
    for key in given:
        if key not in known:
            raise ConfigError(f"{place}: unknown '{key}'{nearest_or_all(key, known)}")
