"""Which checkpoint it is, and whether it fits the model that it is read for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from mtlbench.errors import CheckpointError
from mtlbench.utils.tensor_files import local_file, misfits, read_checkpoint, some, weights_of

__all__ = ['check_fit', 'digest_of', 'identity_of', 'read_checkpoint', 'weights_of']

_BLOCK = 2**20


def identity_of(path: str | Path) -> dict[str, Any]:
    """Return what tells a checkpoint from others: its run's ``seed``, its ``iteration``, and its SHA-256."""
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
    """Make sure that weights fit a model exactly, and are numbers.

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
            'Give the config, profile and options of its training, or none: a checkpoint of a run knows its own'
        )
    if broken:
        raise CheckpointError(
            f'{source} holds weights that are not finite: {len(broken)} keys ({some(sorted(broken))}). '
            'Use an older checkpoint of that run'
        )
