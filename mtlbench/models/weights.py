"""Pretrained weights of encoders: found on disk, never downloaded, and loaded only when they fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from urllib.parse import urlparse

import torch
from torch import Tensor, nn

from mtlbench.checkpoint import misfits, some
from mtlbench.errors import CheckpointError, ConfigError
from mtlbench.utils.tensor_files import local_file, read_tensors, tensors_by_name

FOLDER_VARIABLE = 'MTLBENCH_WEIGHTS'


def find_weights(model: str, weights: str) -> Path:
    """The file of pretrained weights of a torchvision model.

    Weights known by name are looked for, under torchvision's own file name, in the folder that ``$MTLBENCH_WEIGHTS``
    names (``weights/`` by default), and where torch.hub keeps its downloads.

    Args:
        model: torchvision's name of the model, such as ``'resnet101'``.
        weights: The path of a file, or torchvision's name of the weights, such as ``'IMAGENET1K_V1'``.

    Raises:
        ConfigError: When torchvision knows no weights of that name.
        CheckpointError: When the file is in none of the places looked at, or an address is given.
    """
    if Path(weights).suffix or '/' in weights:
        return existing_file(local_file(weights), advice='check the path')
    from torchvision.models import get_model_weights

    known = get_model_weights(model).__members__
    if weights not in known:
        raise ConfigError(f"{model} has no weights '{weights}': known are {', '.join(known)}, or the path of a file")
    name = Path(urlparse(known[weights].url).path).name
    folders = [Path(os.environ.get(FOLDER_VARIABLE, 'weights')), Path(torch.hub.get_dir()) / 'checkpoints']
    download = f'python -c "import torchvision; torchvision.models.get_model({model!r}, weights={weights!r})"'
    return existing_file(*(folder / name for folder in folders), advice=f'get it with: {download}')


def existing_file(*places: Path, advice: str) -> Path:
    """The first of some places where there is a file.

    Raises:
        CheckpointError: When there is none; the message lists the places, the advice, and how to do without.
    """
    for place in places:
        if place.is_file():
            return place
    raise CheckpointError(
        f'no pretrained weights at {" or ".join(str(place.absolute()) for place in places)}; {advice}; '
        f'or train from scratch with --cfg-options model.network.encoder.weights=None'
    )


def load_weights(
    module: nn.Module,
    path: Path,
    ignore: Collection[str] = (),
    change: Callable[[dict[str, Tensor]], dict[str, Tensor]] = dict,
) -> None:
    """Load a state dict that fits the module exactly; otherwise change nothing.

    Args:
        module: What to load into.
        path: A file of tensors by name.
        ignore: Names in the file that the module has no place for, such as a classifier's.
        change: What is done to the weights before they go in.

    Raises:
        CheckpointError: When the file cannot be read safely, or does not fit; the message lists what differs.
    """
    state = tensors_by_name(read_tensors(path), path)
    state = change({name: value for name, value in state.items() if name not in ignore})
    wrong = misfits(state, module.state_dict())
    # Files of torch's first years have no counters of batches.
    wrong['missing'] = [name for name in wrong['missing'] if not name.endswith('num_batches_tracked')]
    if any(wrong.values()):
        found = '; '.join(f'{len(names)} {what}: {some(names)}' for what, names in wrong.items() if names)
        raise CheckpointError(f'{path} does not fit {type(module).__name__}, nothing was loaded: {found}')
    module.load_state_dict(state, strict=False)
