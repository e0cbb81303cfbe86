"""Files and legends of maps, by the kind of their task."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mtlbench.structures import IGNORE_INDEX, ClassSet, FieldKind
from mtlbench.tasks import Task
from mtlbench.utils.output import encoded_image
from mtlbench.visualization.legend import Entry

STEPS_PER_METER = 256
LARGEST = 65535
AXES = {
    'right': (1.0, 0.0, 0.0),
    'left': (-1.0, 0.0, 0.0),
    'down': (0.0, 1.0, 0.0),
    'up': (0.0, -1.0, 0.0),
    'to the camera': (0.0, 0.0, 1.0),
}


class MapFormat:
    """File format of a map: by default a NumPy array in the units of the task.

    Attributes:
        suffix: Suffix of the files.
    """

    suffix = '.npy'

    def unit(self, task: Task) -> str:
        """Return the unit of the values; empty if they have none."""
        return task.unit_of_values

    def encode(self, values: NDArray, task: Task) -> bytes:
        """Return the content of the file of a map (H, W) or (H, W, C)."""
        content = BytesIO()
        np.save(content, values)
        return content.getvalue()

    def clipped(self, values: NDArray) -> int:
        """Return the number of pixels whose values the file cannot hold."""
        return 0

    def describe(self, task: Task) -> dict[str, Any]:
        """Return a description of the files for their readers, as JSON values."""
        described: dict[str, Any] = {'file': 'NumPy array (H, W) or (H, W, C)', 'values': task.meaning}
        if unit := format_of(task).unit(task):
            described['unit'] = unit
        found = class_set_of(task)
        if found is not None:
            described |= {'values': 'training ids', 'class_set': found.name, 'classes': dict(enumerate(found.classes))}
        return described

    def legend(self, task: Task, values: NDArray | None) -> Sequence[Entry]:
        """Return the entries of a legend: those that occur in a map, or all for None."""
        return ()


class IdsFormat(MapFormat):
    """8-bit PNG of label ids if the class set has one per class, otherwise of training ids."""

    suffix = '.png'

    def encode(self, values: NDArray, task: Task) -> bytes:
        """See :class:`MapFormat`."""
        table = np.full(256, IGNORE_INDEX, np.uint8)
        ids = self._ids(task)
        table[: len(ids)] = ids
        return encoded_image(self.suffix, table[values.astype(np.uint8)])

    def describe(self, task: Task) -> dict[str, Any]:
        """See :class:`MapFormat`."""
        found, described = class_set_of(task), {'file': '8-bit PNG', 'unknown': IGNORE_INDEX}
        if found is None:
            return {**described, 'values': 'training ids'}
        return {
            **described,
            'values': 'label ids' if found.label_ids else 'training ids',
            'class_set': found.name,
            'classes': {str(number): name for number, name in zip(self._ids(task), found.classes, strict=True)},
        }

    def legend(self, task: Task, values: NDArray | None) -> Sequence[Entry]:
        """See :class:`MapFormat`."""
        found = class_set_of(task)
        if found is None:
            return ()
        entries = [Entry(*pair) for pair in zip(found.classes, found.palette, strict=True)]
        occurring = range(len(entries)) if values is None else np.unique(values)
        return [entries[number] for number in occurring if number < len(entries)]

    def _ids(self, task: Task) -> Sequence[int]:
        found = class_set_of(task)
        return range(IGNORE_INDEX) if found is None else found.label_ids or range(len(found))


class MetersFormat(MapFormat):
    """16-bit PNG with a fixed step, 0 = invalid.

    Args:
        offset: File value of 0 m; the smallest length that can be stored is at file value 1.
        above: Largest invalid length in meters.
    """

    suffix = '.png'

    def __init__(self, offset: int, above: float) -> None:
        self.offset, self.above = offset, above
        self.range = ((1 - offset) / STEPS_PER_METER, (LARGEST - offset) / STEPS_PER_METER)

    def unit(self, task: Task) -> str:
        """Return meters, unless the task has a more specific unit."""
        return task.unit_of_values or 'm'

    def encode(self, values: NDArray, task: Task) -> bytes:
        """See :class:`MapFormat`."""
        steps = np.nan_to_num(values.astype(np.float64).clip(*self.range)) * STEPS_PER_METER + self.offset
        coded = np.where(values > self.above, steps.round(), 0)
        return encoded_image(self.suffix, coded.astype(np.uint16))

    def clipped(self, values: NDArray) -> int:
        """See :class:`MapFormat`."""
        half = 0.5 / STEPS_PER_METER
        beyond = (values < self.range[0] - half) | (values > self.range[1] + half)
        return int(((values > self.above) & beyond).sum())

    def describe(self, task: Task) -> dict[str, Any]:
        """See :class:`MapFormat`."""
        return {
            'file': '16-bit PNG',
            'values': 'meters = file value * scale + offset',
            'unit': self.unit(task),
            'scale': 1 / STEPS_PER_METER,
            'offset': -self.offset / STEPS_PER_METER,
            'unknown': 0,
            'range': list(self.range),
            'outside_of_range': 'clipped',
        }


class DirectionFormat(MapFormat):
    """16-bit RGB PNG of unit vectors, black = invalid."""

    suffix = '.png'

    def encode(self, values: NDArray, task: Task) -> bytes:
        """See :class:`MapFormat`."""
        vectors = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
        length = np.linalg.norm(vectors, axis=-1, keepdims=True)
        coded = (vectors / np.maximum(length, 1e-12) + 1) * (LARGEST / 2) * (length > 0)
        return encoded_image(self.suffix, coded.round().astype(np.uint16))

    def describe(self, task: Task) -> dict[str, Any]:
        """See :class:`MapFormat`."""
        return {
            'file': '16-bit RGB PNG',
            'values': f'component = 2 * file value / {LARGEST} - 1',
            'channels': ['x, to the right', 'y, down', 'z, towards the camera'],
            'unknown': [0, 0, 0],
        }

    def legend(self, task: Task, values: NDArray | None) -> Sequence[Entry]:
        """See :class:`MapFormat`."""
        drawn = task.draw(torch.tensor([*AXES.values()]).T[..., None])
        colors = ((int(red), int(green), int(blue)) for red, green, blue in drawn[:, 0])
        return [Entry(*pair) for pair in zip(AXES, colors, strict=True)]


class BoundaryFormat(MapFormat):
    """8-bit PNG: 255 on a boundary, 0 elsewhere; probabilities in between."""

    suffix = '.png'

    def encode(self, values: NDArray, task: Task) -> bytes:
        """See :class:`MapFormat`."""
        known = np.nan_to_num(np.where(values == IGNORE_INDEX, 0, values).astype(np.float64))
        return encoded_image(self.suffix, (known.clip(0, 1) * 255).round().astype(np.uint8))

    def describe(self, task: Task) -> dict[str, Any]:
        """See :class:`MapFormat`."""
        return {'file': '8-bit PNG', 'values': 'boundary = file value / 255', 'scale': 1 / 255}


FORMATS: dict[FieldKind, MapFormat] = {
    FieldKind.IDS: IdsFormat(),
    FieldKind.DEPTH: MetersFormat(offset=0, above=0.0),
    FieldKind.HEIGHT: MetersFormat(offset=STEPS_PER_METER + 1, above=-np.inf),
    FieldKind.DIRECTION: DirectionFormat(),
    FieldKind.BOUNDARY: BoundaryFormat(),
}
"""The format of each kind; kinds that are not here are stored as NumPy arrays. A plugin adds that of its own kind."""


def format_of(task: Task) -> MapFormat:
    """Return the format of the maps of a task."""
    return FORMATS.get(task.kind, MapFormat())


def class_set_of(task: Task) -> ClassSet | None:
    """Return the class set of a task, if it has one."""
    return getattr(task, 'class_set', None)
