"""Scales: a few numbers that make any config small, in the proportions of the full one.

A profile says ``scale = dict(images=0.4, widths=0.25, updates=600, ...)``. Which arguments are sizes is said by the
classes themselves, in their attribute ``scaled_arguments``; see :mod:`mtlbench.config.kinds` for what may be said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

from mmengine.config import ConfigDict

from mtlbench.config.arguments import arguments_of
from mtlbench.config.keys import loaders_of
from mtlbench.config.kinds import KINDS, UPDATES, Factors, scaled_by
from mtlbench.config.nodes import Node, nodes_of
from mtlbench.config.roles import ARGUMENTS, TOP
from mtlbench.errors import ConfigError
from mtlbench.registry import ENCODERS
from mtlbench.utils.choices import nearest_or_all
from mtlbench.utils.packaged_weights import PACKAGES, packaged_file

PLACES = {**TOP, 'objectives': ARGUMENTS['objectives']}
"""Where the parts of a config stand that is not yet composed."""
LEAST_BATCH = 2
"""Minimum batch size of batch norm."""
LARGE = 16
"""Whole numbers from here on may be sizes."""


@dataclass(frozen=True)
class Scale:
    """Numbers of a profile.

    Args:
        images: Share of the images' height and width.
        widths: Share of the channels.
        updates: Number of updates. A config with fewer keeps its own.
        batch: Share of a batch's samples. Where there are two or more, two are left.
        workers: Maximum number of worker processes per loader.
        encoder: Config of the encoder that takes the place of every encoder but those that are the method; None leaves
            them.
        data_root: Folder of the folders of all datasets; None leaves them where they are.
    """

    images: float = 1.0
    widths: float = 1.0
    updates: int | None = None
    batch: float = 1.0
    workers: int | None = None
    encoder: Mapping[str, Any] | None = None
    data_root: str | None = None

    @classmethod
    def of(cls, said: Any) -> Scale:
        """Return the scale that an overlay says.

        Raises:
            ConfigError: For a key or value that makes no sense.
        """
        if not isinstance(said, Mapping):
            raise ConfigError(f'scale is {said!r:.80}, expected a dict such as dict(images=0.4, widths=0.25)')
        known = [field.name for field in fields(cls)]
        for key in said:
            if key not in known:
                raise ConfigError(f"unknown key 'scale.{key}'{nearest_or_all(key, known)}")
        for key, (holds, expected) in VALUES.items():
            if key in said and not holds(said[key]):
                raise ConfigError(f'scale.{key} is {said[key]!r:.80}, expected {expected}')
        return cls(**said)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


VALUES = {
    **dict.fromkeys(('images', 'widths', 'batch'), (_is_share, 'a share above 0, at most 1')),
    'updates': (lambda value: _is_count(value) and value > 0, 'a whole number above 0'),
    'workers': (_is_count, 'a whole number, 0 or more'),
    'encoder': (lambda value: isinstance(value, Mapping) and 'type' in value, 'the config of an encoder'),
    'data_root': (lambda value: isinstance(value, str), 'a path'),
}
"""Test of a value by the name of its argument, and its description in messages."""


def apply_scale(cfg: ConfigDict, scale: Scale) -> ConfigDict:
    """Return a config in a smaller size; the one given stays as it is.

    Raises:
        ConfigError: For a part of the config that is none, or a class whose ``scaled_arguments`` make no sense.
    """
    cfg = _copy(cfg)
    factors = Factors(scale.images, scale.widths, _updates(cfg, scale))
    encoder = None if scale.encoder is None else available(scale.encoder)
    for node in list(nodes_of(cfg, PLACES)):
        settings: Any = node.settings
        if encoder is not None and is_replaced(node):
            kept = kept_arguments(node, encoder)
            settings.clear()
            settings.update(_copy({**encoder, **kept}))
            continue
        settings.update(scaled_arguments(node, factors))
        if scale.data_root is not None and isinstance(settings.get('data_root'), str):
            settings['data_root'] = f'{scale.data_root}/{Path(settings["data_root"]).name}'
    for _, loader in loaders_of(cfg):
        _scale_loader(loader, scale)
    return cfg


def full_sized(cfg: Mapping[str, Any], scale: Scale) -> list[str]:
    """Return the places of what may still have its full size.

    These are the whole numbers of parts whose classes do not say what scales, and numbers of frames where the size of
    the data set is not known.
    """
    return [
        f'{node.place}.{name}'
        for node in nodes_of(cfg, PLACES)
        if not (scale.encoder is not None and is_replaced(node))
        for name, value in _arguments(node)
        if _is_left(node, name, value)
    ]


def _is_left(node: Node, name: str, value: Any) -> bool:
    kinds = scaled_by(node.member)
    if kinds is None:
        return _may_be_size(node, name, value)
    return kinds.get(name) == 'frames' and isinstance(value, int | float) and value > 1


def is_encoder(node: Node) -> bool:
    """Return whether a node is an encoder, wherever it stands in the config."""
    kind = node.settings.get('type')
    return isinstance(kind, str) and kind in ENCODERS and ENCODERS.get(kind) is node.member


def is_replaced(node: Node) -> bool:
    """Return whether the encoder of a profile takes the place of a node."""
    return is_encoder(node) and getattr(node.member, 'replaceable', True)


def kept_arguments(node: Node, encoder: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an encoder that the one in its place keeps, where it does not have them by default.

    Raises:
        ConfigError: When there is no encoder of that type.
    """
    taken = arguments_of(ENCODERS.get(encoder['type'])).named
    kept = getattr(node.member, 'kept_arguments', ())
    return {
        name: value
        for name, value in _arguments(node)
        if name in kept and name in taken and value != encoder.get(name, taken[name].default)
    }


def available(encoder: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config of an encoder, with random weights where the package of its weights is not installed."""
    weights = encoder.get('weights')
    absent = weights in PACKAGES and packaged_file(weights) is None
    return {**encoder, 'weights': None} if absent else dict(encoder)


def scaled_arguments(node: Node, factors: Factors) -> dict[str, Any]:
    """Return the arguments of a part that scale, in their new size; also those that the config does not name."""
    kinds = scaled_by(node.member) or {}
    counts = getattr(node.member, 'official_counts', {})
    factors = replace(factors, frames=counts.get(str(node.settings.get('split', 'train'))))
    found = {}
    for name, old in _arguments(node):
        kind = kinds.get(name)
        if kind is None or (name not in node.settings and kind in UPDATES and _never(old, factors)):
            continue
        try:
            new = KINDS[kind](old, factors)
        except (TypeError, ValueError, OverflowError, IndexError):  # a value of another kind, rejected by the checks
            continue
        if new != old:
            found[name] = new
    return found


def _never(value: Any, factors: Factors) -> bool:
    """Return whether a number of updates lies beyond the run, as the default end of schedules (10**9) does."""
    return isinstance(value, int) and value > factors.updates[1]


def _arguments(node: Node) -> Iterator[tuple[str, Any]]:
    """Yield the arguments of a part, with the values that the config or the class gives them."""
    named = {} if node.member is None else arguments_of(node.member).named
    for name in {**named, **node.settings}:
        if name in node.settings:
            yield str(name), node.settings[name]
        elif not named[name].required:
            yield name, named[name].default


def _may_be_size(node: Node, name: str, value: Any) -> bool:
    """Return whether an argument accepts whole numbers that may be sizes, or several of them."""
    named = {} if node.member is None else arguments_of(node.member).named
    hint = named[name].hint if name in named else None
    items = value if isinstance(value, list | tuple) and value else [value]
    whole = all(isinstance(item, int) and not isinstance(item, bool) for item in items)
    return whole and max(items) >= LARGE and not name.endswith('seed') and float not in (hint, *get_args(hint))


def _updates(cfg: Mapping[str, Any], scale: Scale) -> tuple[int, int]:
    training = cfg.get('train_cfg')
    full = training.get('max_iters') if isinstance(training, Mapping) else None
    if scale.updates is None or not isinstance(full, int) or full <= scale.updates:
        return 1, 1
    return scale.updates, full


def _scale_loader(loader: Any, scale: Scale) -> None:
    size = loader.get('batch_size')
    if isinstance(size, int):
        loader['batch_size'] = min(size, max(LEAST_BATCH, int(size * scale.batch)))
    if scale.workers is not None and isinstance(loader.get('num_workers'), int):
        loader['num_workers'] = min(loader['num_workers'], scale.workers)


def _copy(value: Any) -> Any:
    """Return a copy in which no two parts are one object."""
    if isinstance(value, dict):
        return ConfigDict({key: _copy(item) for key, item in value.items()})
    return type(value)(_copy(item) for item in value) if isinstance(value, list | tuple) else value
