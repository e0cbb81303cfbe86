"""Shared code of the converters: renaming by rules, and comparison with the network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.registry import init_default_scope
from torch import Tensor

from mtlbench.config import load_config
from mtlbench.errors import CheckpointError
from mtlbench.registry import MODELS
from mtlbench.utils import tensor_files
from mtlbench.utils.tensor_files import tensors_by_name

Rules = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Converted:
    """Converted checkpoint.

    Args:
        state_dict: Weights by the names in a network of ``configs``.
        configs: Names of the configs whose networks the weights fit.
        recipe: Recipe that the weights were trained with.
        note: Warning for the user; may be empty.
    """

    state_dict: dict[str, Tensor]
    configs: tuple[str, ...]
    recipe: str
    note: str = ''


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read a file with a flat state dict, without running any code in it.

    Raises:
        CheckpointError: When it cannot be read safely, or has other content.
    """
    return tensors_by_name(tensor_files.read_tensors(path), path)


def network_weights(config: str, recipe: str) -> dict[str, Tensor]:
    """Return the state dict of a config's model on the meta device: names, shapes and types, without memory."""
    cfg = load_config(config, recipe=recipe)
    init_default_scope(cfg.default_scope)
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    return model.state_dict()


def rename(tensors: Mapping[str, Tensor], rules: Rules) -> tuple[dict[str, Tensor], list[str]]:
    """Rename tensors.

    Args:
        tensors: Tensors by their old names.
        rules: Pattern of the whole old name, and template of the new one; the first match counts. Tensors whose new
            names differ only after a ``#`` are joined along their first axis, in the order of that suffix.

    Returns:
        Tensors by their new names, and the names that match no rule.
    """
    parts: dict[str, dict[str, Tensor]] = {}
    unknown = []
    for old, tensor in tensors.items():
        matches = ((re.fullmatch(pattern, old), template) for pattern, template in rules)
        new = next((match.expand(template) for match, template in matches if match), None)
        if new is None:
            unknown.append(old)
            continue
        name, _, part = new.partition('#')
        parts.setdefault(name, {})[part] = tensor
    return {name: _joined(found) for name, found in parts.items()}, unknown


def _joined(parts: Mapping[str, Tensor]) -> Tensor:
    ordered = [parts[key] for key in sorted(parts)]
    # Parts that cannot be joined stay one of them, whose shape is then reported as wrong.
    together = len({part.shape[1:] for part in ordered}) == 1 and all(part.dim() for part in ordered)
    return torch.cat(ordered) if len(ordered) > 1 and together else ordered[0]


def check_names(problems: Mapping[str, Sequence[str]], path: Path) -> None:
    """Reject a file in which something does not fit.

    Args:
        problems: Names by kind of problem.
        path: File of the checkpoint.

    Raises:
        CheckpointError: When there is any problem; the message lists every name.
    """
    said = '; '.join(f'{len(names)} {what}: {", ".join(names)}' for what, names in problems.items() if names)
    if said:
        raise CheckpointError(f'{path} does not fit, so nothing was written. {said}')
