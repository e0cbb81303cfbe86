"""Freezing of parts of a model, with or without their batch statistics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import filter as matching

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from mtlbench.errors import ConfigError
from mtlbench.utils.choices import nearest_or_all

MARK = 'statistics_are_frozen'


def freeze(model: nn.Module, parts: Sequence[str], statistics: bool = False) -> None:
    """Exclude parts of a model from training.

    Call it before the network is copied: copies, such as teachers, have the same frozen statistics.

    Args:
        model: Model to change.
        parts: Paths of modules or parameters, such as ``'network.encoder'``, or patterns, in which ``*`` also matches
            dots, such as ``'network.*.bn1'``.
        statistics: Also freeze the running statistics of the normalization layers in these parts.

    Raises:
        ConfigError: When a path or pattern matches nothing with parameters.
    """
    modules, parameters = dict(model.named_modules(remove_duplicate=False)), dict(_parameters(model))
    for part in parts:
        found = matching([*modules, *parameters], part)
        chosen = [name for name in parameters if _below(name, found)]
        if not chosen:
            what = 'no parameters in' if found else 'no part'
            raise ConfigError(f"freeze: the model has {what} '{part}'{nearest_or_all(part, _suggested(modules))}")
        for name in chosen:
            parameters[name].requires_grad_(False)
        for name, module in modules.items():
            if statistics and isinstance(module, _NormBase) and _below(name, found):
                setattr(module, MARK, True)


def names_with_frozen_statistics(model: nn.Module) -> tuple[str, ...]:
    """Return the paths of the normalization layers with frozen statistics, those of copies included."""
    return tuple(name for name, module in model.named_modules() if getattr(module, MARK, False))


def frozen_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters of a model that are not trained, by name."""
    return {name: one for name, one in model.named_parameters() if not one.requires_grad}


def _parameters(model: nn.Module) -> Iterable[tuple[str, nn.Parameter]]:
    return model.named_parameters(remove_duplicate=False)


def _below(name: str, found: Sequence[str]) -> bool:
    return any(f'{name}.'.startswith(f'{one}.') for one in found)


def _suggested(modules: Iterable[str]) -> list[str]:
    """Return the paths of the larger parts."""
    return [name for name in modules if 0 < name.count('.') <= 2]
