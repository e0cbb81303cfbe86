"""Optimizers with parameter groups by part of the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mmengine.optim import OptimWrapper
from torch import nn

from mtlbench.engine.critics import JointOptimWrapper
from mtlbench.errors import ConfigError
from mtlbench.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS
from mtlbench.utils.numbers import whole_number

Named = tuple[str, nn.Parameter]


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class GroupedOptimWrapperConstructor:
    """Build an optimizer with one parameter group per named part of the model, and one for the rest.

    mmengine's own constructor creates a group per parameter, which costs time at each update.

    Critics of objectives have an optimizer of their own, ``critics=dict(optimizer=...)``. The other settings of the
    wrapper apply to it too, except gradient clipping, which must be set there. Schedulers are then given as
    ``param_scheduler = dict(network=[...], critics=[...])``.

    Args:
        optim_wrapper_cfg: Config of the wrapper, with ``optimizer``.
        paramwise_cfg: Options by prefix of the parameter names, such as ``{'network.encoder': dict(lr=1e-3)}``; the
            longest matching prefix counts.
    """

    def __init__(self, optim_wrapper_cfg: Mapping[str, Any], paramwise_cfg: Mapping[str, dict] | None = None) -> None:
        self.wrapper = dict(optim_wrapper_cfg)
        self.wrapper.setdefault('type', 'OptimWrapper')
        self.critics = self.wrapper.pop('critics', None)
        self.options = dict(paramwise_cfg or {})

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Return the wrapper of an optimizer over the trained parameters, or the wrappers of network and critics.

        Raises:
            ConfigError: When a named part has no parameters, nothing is trained, a number is out of range, or only one
            of critics and their optimizer is given.
        """
        named = [(name.removeprefix('module.'), parameter) for name, parameter in model.named_parameters()]
        critics = [pair for pair in named if _of_critic(pair)]
        if bool(critics) != bool(self.critics):
            have, lack = ('an objective has', 'optim_wrapper') if critics else ('optim_wrapper has', 'no objective')
            raise ConfigError(f'{have} critics, but {lack} has none; set both or none (see docs/adaptation.md)')
        for wrapper in (self.wrapper, {**self.wrapper, **(self.critics or {})}):
            _check(wrapper)
        if self.critics and (differing := sorted({'type', 'dtype', 'accumulative_counts'} & set(self.critics))):
            raise ConfigError(
                f'optim_wrapper.critics.{differing[0]} cannot differ from that of optim_wrapper; remove it'
            )
        network = _build(self.wrapper, [pair for pair in named if not _of_critic(pair)], self.options)
        balancer = getattr(getattr(model, 'module', model), 'balancer', None)
        if balancer is not None:
            network.optimizer.register_step_pre_hook(lambda *_: balancer.rest())
        if not critics:
            return network
        shared = {key: value for key, value in self.wrapper.items() if key != 'clip_grad'}
        return JointOptimWrapper(network=network, critics=_build({**shared, **self.critics}, critics, {}))


def _check(wrapper: Mapping[str, Any]) -> None:
    """Check numbers that would silently stop or reverse the training."""
    whole_number('optim_wrapper.accumulative_counts', wrapper.get('accumulative_counts', 1), 1)
    for key, value in (wrapper.get('clip_grad') or {}).items():
        if key in ('max_norm', 'clip_value') and not value > 0:
            raise ConfigError(
                f'optim_wrapper.clip_grad.{key} is {value}, expected a number above 0; clip_grad=None clips nothing'
            )


def _of_critic(named: Named) -> bool:
    """Return whether a parameter belongs to a critic: it lies in the attribute ``critics`` of an objective."""
    place, *path = named[0].split('.')
    return place == 'objectives' and 'critics' in path[1:2]


def _build(wrapper: Mapping[str, Any], named: Iterable[Named], options: Mapping[str, dict]) -> OptimWrapper:
    groups: dict[str, list[nn.Parameter]] = {prefix: [] for prefix in ('', *options)}
    found: set[str] = set()
    for name, parameter in named:
        fitting = [prefix for prefix in groups if not prefix or f'{name}.'.startswith(f'{prefix}.')]
        found.update(fitting)
        if parameter.requires_grad:
            groups[max(fitting, key=len)].append(parameter)
    for prefix in options:
        if prefix not in found:
            raise ConfigError(f"optim_wrapper.paramwise_cfg names '{prefix}', but no parameter's name starts with it")
    if not any(groups.values()):
        raise ConfigError('freeze leaves no parameters to train; name fewer parts')
    params = [{'params': group, **options.get(prefix, {})} for prefix, group in groups.items() if group]
    optimizer = OPTIMIZERS.build({**wrapper['optimizer'], 'params': params})
    return OPTIM_WRAPPERS.build({**wrapper, 'optimizer': optimizer})
