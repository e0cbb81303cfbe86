"""Parameter groups by the part of the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.optim import OptimWrapper
from torch import nn

from mtlbench.errors import ConfigError
from mtlbench.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class GroupedOptimWrapperConstructor:
    """Builds an optimizer with one group of parameters for each named part of the model, and one for all the rest.

    mmengine's own constructor makes a group of every single parameter, which costs time at each update.

    Args:
        optim_wrapper_cfg: Config of the wrapper, with ``optimizer``.
        paramwise_cfg: Options by the first part of the parameters' names, such as
            ``{'network.encoder': dict(lr=1e-3)}``; the longest that fits counts.
    """

    def __init__(self, optim_wrapper_cfg: Mapping[str, Any], paramwise_cfg: Mapping[str, dict] | None = None) -> None:
        self.wrapper = dict(optim_wrapper_cfg)
        self.wrapper.setdefault('type', 'OptimWrapper')
        self.optimizer = self.wrapper.pop('optimizer')
        self.options = dict(paramwise_cfg or {})

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """The wrapper around an optimizer over all parameters of the model.

        Raises:
            ConfigError: When a part named has no parameters.
        """
        groups: dict[str, list[nn.Parameter]] = {prefix: [] for prefix in ('', *self.options)}
        for name, parameter in model.named_parameters():
            name = name.removeprefix('module.')
            fitting = [prefix for prefix in groups if not prefix or f'{name}.'.startswith(f'{prefix}.')]
            groups[max(fitting, key=len)].append(parameter)
        for prefix in self.options:
            if not groups[prefix]:
                raise ConfigError(f"optim_wrapper.paramwise_cfg names '{prefix}', but no parameter's name starts so")
        params = [{'params': group, **self.options.get(prefix, {})} for prefix, group in groups.items() if group]
        optimizer = OPTIMIZERS.build({**self.optimizer, 'params': params})
        return OPTIM_WRAPPERS.build({**self.wrapper, 'optimizer': optimizer})
