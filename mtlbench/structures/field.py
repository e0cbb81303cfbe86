"""How a field of a sample follows a change of geometry."""

from __future__ import annotations

from enum import Enum


class FieldKind(Enum):
    """What the values of a field mean, and so what a resize, flip or crop must do to them.

    ``IDS``: integers that are never mixed. ``DEPTH``: meters, never mixed and never rescaled. ``DIRECTION``: unit
    vectors, turned with the image. ``HEIGHT``: meters above ground, never mixed; negative = invalid. ``BOUNDARY``: a
    thin map in 0..1, mixed linearly and then cut at zero; 255 = ignored, and stays so.
    """

    IMAGE = 'image'
    IDS = 'ids'
    DEPTH = 'depth'
    DIRECTION = 'direction'
    BOUNDARY = 'boundary'
    HEIGHT = 'height'
