"""Parameter groups by the part of the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mmengine.optim import OptimWrapper
from torch import nn

from mtlbench.engine.critics import JointOptimWrapper
from mtlbench.engine.numbers import whole_number
from mtlbench.errors import ConfigError
from mtlbench.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS

Named = tuple[str, nn.Parameter]


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class GroupedOptimWrapperConstructor:
    """Builds an optimizer with one group of parameters for each named part of the model, and one for all the rest.

    mmengine's own constructor makes a group of every single parameter, which costs time at each update.

    Where objectives have critics, these get an optimizer of their own, ``critics=dict(optimizer=...)``. The other
    settings of the wrapper hold for it, too, but for gradient clipping, which it has where it names it. The key of
    schedulers is then ``param_scheduler = dict(network=[...], critics=[...])``.

    Args:
        optim_wrapper_cfg: Config of the wrapper, with ``optimizer``.
        paramwise_cfg: Options by the first part of the parameters' names, such as
            ``{'network.encoder': dict(lr=1e-3)}``; the longest that fits counts.
    """

    def __init__(self, optim_wrapper_cfg: Mapping[str, Any], paramwise_cfg: Mapping[str, dict] | None = None) -> None:
        self.wrapper = dict(optim_wrapper_cfg)
        self.wrapper.setdefault('type', 'OptimWrapper')
        self.critics = self.wrapper.pop('critics', None)
        self.options = dict(paramwise_cfg or {})

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """The wrapper around an optimizer over all parameters of the model, or the wrappers of network and critics.

        Raises:
            ConfigError: When a part named has no parameters, a number makes no sense, or there are critics without
                optimizer or the reverse.
        """
        named = [(name.removeprefix('module.'), parameter) for name, parameter in model.named_parameters()]
        critics = [pair for pair in named if _of_critic(pair)]
        if bool(critics) != bool(self.critics):
            have, lack = ('an objective has', 'optim_wrapper') if critics else ('optim_wrapper has', 'no objective')
            raise ConfigError(f'{have} critics, but {lack} has none; see docs/adaptation.md')
        for wrapper in (self.wrapper, {**self.wrapper, **(self.critics or {})}):
            _check(wrapper)
        if self.critics and (differing := sorted({'type', 'dtype', 'accumulative_counts'} & set(self.critics))):
            raise ConfigError(f'optim_wrapper.critics.{differing[0]}: it is that of optim_wrapper for the critics, too')
        network = _build(self.wrapper, [pair for pair in named if not _of_critic(pair)], self.options)
        balancer = getattr(getattr(model, 'module', model), 'balancer', None)
        if balancer is not None:
            network.optimizer.register_step_pre_hook(lambda *_: balancer.rest())
        if not critics:
            return network
        shared = {key: value for key, value in self.wrapper.items() if key != 'clip_grad'}
        return JointOptimWrapper(network=network, critics=_build({**shared, **self.critics}, critics, {}))


def _check(wrapper: Mapping[str, Any]) -> None:
    """Numbers that would stop the training, or turn it around, without a word."""
    whole_number('optim_wrapper.accumulative_counts', wrapper.get('accumulative_counts', 1), 1)
    for key, value in (wrapper.get('clip_grad') or {}).items():
        if key in ('max_norm', 'clip_value') and not value > 0:
            raise ConfigError(f'optim_wrapper.clip_grad.{key} must be above 0, got {value}; None clips nothing')


def _of_critic(named: Named) -> bool:
    """Whether a parameter belongs to a critic: critics live in the attribute of that name of an objective."""
    place, *path = named[0].split('.')
    return place == 'objectives' and 'critics' in path[1:2]


def _build(wrapper: Mapping[str, Any], named: Iterable[Named], options: Mapping[str, dict]) -> OptimWrapper:
    groups: dict[str, list[nn.Parameter]] = {prefix: [] for prefix in ('', *options)}
    found: set[str] = set()
    for name, parameter in named:
        fitting = [prefix for prefix in groups if not prefix or f'{name}.'.startswith(f'{prefix}.')]
        found.update(fitting)
        groups[max(fitting, key=len)].append(parameter)
    for prefix in options:
        if prefix not in found:
            raise ConfigError(f"optim_wrapper.paramwise_cfg names '{prefix}', but no parameter's name starts so")
    params = [{'params': group, **options.get(prefix, {})} for prefix, group in groups.items() if group]
    optimizer = OPTIMIZERS.build({**wrapper['optimizer'], 'params': params})
    return OPTIM_WRAPPERS.build({**wrapper, 'optimizer': optimizer})
