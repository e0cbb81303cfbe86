"""Classes of movable objects."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mtlbench.errors import ConfigError

MOVABLE = ('person', 'rider', 'car', 'truck', 'bus', 'train', 'motorcycle', 'bicycle')


def movable_ids(classes: Sequence[str], movable: Collection[str], owner: str) -> list[int]:
    """Return the ids of the movable classes.

    Args:
        classes: Names of all classes, in the order of their ids.
        movable: Names of the movable classes.
        owner: Name of the option's owner, for the message.

    Raises:
        ConfigError: When the class set contains none of them.
    """
    ids = [number for number, name in enumerate(classes) if name in movable]
    if not ids:
        raise ConfigError(
            f'{owner}: none of the movable classes ({", ".join(sorted(movable))}) is in the class set '
            f'({", ".join(classes)}); set movable to classes of this class set'
        )
    return ids
