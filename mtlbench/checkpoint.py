"""Identity of checkpoints, and comparison of their weights with a model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.errors import CheckpointError
from mtlbench.utils.tensor_files import local_file, read_checkpoint, weights_of

__all__ = ['check_fit', 'digest_of', 'identity_of', 'misfits', 'not_finite', 'read_checkpoint', 'some', 'weights_of']

_BLOCK = 2**20


def identity_of(path: str | Path) -> dict[str, Any]:
    """Return the identity of a checkpoint: the ``seed`` and ``iteration`` of its run, and its SHA-256."""
    meta = read_checkpoint(path).get('meta')
    meta = meta if isinstance(meta, dict) else {}
    return {'seed': meta.get('seed'), 'iteration': meta.get('iter'), 'checkpoint': digest_of(path)}


def digest_of(path: str | Path) -> str:
    """Return the SHA-256 of a checkpoint's file."""
    digest = hashlib.sha256()
    with local_file(path).open('rb') as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def check_fit(model: nn.Module, state_dict: dict[str, Tensor], source: str) -> None:
    """Check that weights fit a model exactly, and are finite.

    Raises:
        CheckpointError: Listing the keys that are missing, unexpected, of another shape or kind, or not finite.
    """
    found = {name.removeprefix('module.'): value for name, value in state_dict.items()}
    problems = misfits(found, model.state_dict())
    broken = problems.pop('not finite')
    parts = [f'{len(keys)} {what} ({some(sorted(keys))})' for what, keys in problems.items() if keys]
    if parts:
        raise CheckpointError(
            f'{source} does not fit the network of this config: keys {"; ".join(parts)}. '
            'Pass the config, profile and options of its training; for a checkpoint of a run, leave them out'
        )
    if broken:
        raise CheckpointError(
            f'{source} contains weights that are not finite: {len(broken)} keys ({some(sorted(broken))}). '
            'Use an older checkpoint of that run'
        )


def misfits(found: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, list[str]]:
    """Compare weights with those of a module, and return the names that do not fit by reason.

    All lists are empty if the weights fit.

    Args:
        found: Weights to check.
        own: Weights of the module.
    """
    both = [name for name in found if name in own]
    return {
        'missing': [name for name in own if name not in found],
        'unexpected': [name for name in found if name not in own],
        'of another shape': [
            f'{name} {tuple(found[name].shape)} for {tuple(own[name].shape)}'
            for name in both
            if found[name].shape != own[name].shape
        ],
        'of another kind of number': [name for name in both if _kind(found[name]) != _kind(own[name])],
        'not finite': not_finite(found),
    }


def not_finite(weights: Mapping[str, Tensor]) -> list[str]:
    """Return the names of tensors that hold NaN or infinity."""
    return [name for name, value in weights.items() if not bool(value.isfinite().all())]


def some(names: list[str], shown: int = 4) -> str:
    """Return the first of a list of names, for a message."""
    return ', '.join(names[:shown]) + (', ...' if len(names) > shown else '')


def _kind(value: Tensor) -> tuple[bool, bool, bool]:
    return value.is_floating_point(), value.is_complex(), value.dtype == torch.bool
