"""Reading checkpoints safely."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

from mtlbench.errors import CheckpointError


@CheckpointLoader.register_scheme(prefixes='', force=True)
def read_checkpoint(path: str | Path, map_location: Any = 'cpu') -> dict[str, Any]:
    """Read a checkpoint without running any code in it; this is also how mmengine reads local files.

    Args:
        path: The file.
        map_location: See ``torch.load``.

    Raises:
        CheckpointError: When the file is missing, damaged, or holds more than tensors and plain data.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise CheckpointError(f'there is no checkpoint {path.absolute()}')
    try:
        return torch.load(path, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f'checkpoint {path} is refused: it is damaged, or holds objects that could run code when loaded '
            f'({str(error).splitlines()[0]}). Use a checkpoint written by mtlbench, or save its state_dict alone'
        ) from error
    except (RuntimeError, EOFError, OSError) as error:
        raise CheckpointError(f'checkpoint {path} is damaged ({error}); use an older one of that run') from error


def check_fit(model: nn.Module, state_dict: dict[str, Tensor], source: str) -> None:
    """Make sure that weights fit a model exactly.

    Raises:
        CheckpointError: Listing the keys that are missing, unexpected, or of another shape.
    """
    expected = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    found = {name.removeprefix('module.'): tuple(value.shape) for name, value in state_dict.items()}
    problems = {
        'missing': sorted(expected.keys() - found.keys()),
        'unexpected': sorted(found.keys() - expected.keys()),
        'of another shape': sorted(k for k in expected.keys() & found.keys() if expected[k] != found[k]),
    }
    parts = [f'{len(keys)} {what} ({_some(keys)})' for what, keys in problems.items() if keys]
    if parts:
        raise CheckpointError(
            f'{source} does not fit the network of this config: keys {"; ".join(parts)}. '
            'Use the config, profile and options that it was trained with'
        )


def _some(keys: list[str], count: int = 4) -> str:
    return ', '.join(keys[:count]) + (', ...' if len(keys) > count else '')
