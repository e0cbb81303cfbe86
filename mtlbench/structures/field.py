"""Kinds of sample fields, which determine how geometric transforms act on them."""

from __future__ import annotations

from enum import Enum

from mtlbench.errors import ConfigError


class FieldKind(Enum):
    """Kind of a field: the meaning of its values, and the effect of geometric transforms on them.

    ``IDS``: integers, never interpolated. ``DEPTH``: meters, never interpolated or rescaled. ``DIRECTION``: unit
    vectors, rotated with the image. ``HEIGHT``: meters above ground, never interpolated; negative = invalid.
    ``BOUNDARY``: a thin map in 0..1, interpolated linearly, then thresholded at zero; 255 = ignored, and is preserved.
    """

    IMAGE = 'image'
    IDS = 'ids'
    DEPTH = 'depth'
    DIRECTION = 'direction'
    BOUNDARY = 'boundary'
    HEIGHT = 'height'


FIELD_KINDS = {
    'image': FieldKind.IMAGE,
    'semseg': FieldKind.IDS,
    'depth': FieldKind.DEPTH,
    'normals': FieldKind.DIRECTION,
    'edges': FieldKind.BOUNDARY,
    'height': FieldKind.HEIGHT,
}
"""The kind of every known field; :func:`register_field` adds to it."""


def register_field(name: str, kind: FieldKind) -> None:
    """Register the kind of a field of your own, such as the label of a new task.

    Raises:
        ConfigError: When the field is registered with another kind.
    """
    if FIELD_KINDS.setdefault(name, kind) is not kind:
        raise ConfigError(
            f"field '{name}' is registered as {FIELD_KINDS[name].name}, not {kind.name}; choose another name"
        )


def field_kind(name: str) -> FieldKind:
    """Return the kind of a field.

    Raises:
        ConfigError: When the field is not registered.
    """
    if name not in FIELD_KINDS:
        raise ConfigError(
            f"unknown field '{name}'; known fields: {', '.join(FIELD_KINDS)}; "
            'add yours with mtlbench.structures.register_field'
        )
    return FIELD_KINDS[name]
