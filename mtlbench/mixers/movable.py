"""Which classes are things that move by themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mtlbench.errors import ConfigError

MOVABLE = ('person', 'rider', 'car', 'truck', 'bus', 'train', 'motorcycle', 'bicycle')


def movable_ids(classes: Sequence[str], movable: Collection[str], owner: str) -> list[int]:
    """The ids of the movable classes.

    Args:
        classes: Names of all classes, in the order of their ids.
        movable: Names of those that move.
        owner: Whose option that is, for the message.

    Raises:
        ConfigError: When the class set has none of them.
    """
    ids = [number for number, name in enumerate(classes) if name in movable]
    if not ids:
        raise ConfigError(
            f'{owner}: movable: none of the classes {", ".join(classes)} is movable ({", ".join(sorted(movable))}); '
            'name movable classes of this class set'
        )
    return ids
