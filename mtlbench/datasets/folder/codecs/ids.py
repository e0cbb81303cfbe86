"""Codec of class ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.files import read_indices
from mtlbench.datasets.folder.codecs.base import CameraAt
from mtlbench.datasets.folder.codecs.classes import ClassLabels
from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import CODECS
from mtlbench.structures import IGNORE_INDEX, ClassSet

LAST = 65535
"""Largest id of a file with 16 bits."""


@CODECS.register_module()
class IdLabels(ClassLabels):
    """Class ids in gray or palette files with up to 16 bits.

    Args:
        files: Pattern of the files.
        ids: Names by id, such as ``{0: 'road', 7: 'car'}``; other ids are ignored. Ids with one name are one class. Or
            a list of names, whose ids are 0, 1, ...; other ids than these and ``ignored`` are errors.
        colors: Colors of classes in drawings, by name; missing ones are chosen.
        ignored: Ids that are ignored if ``ids`` is a list.
    """

    suffixes = ('.png', '.tif', '.tiff', '.bmp')

    def __init__(
        self,
        files: str,
        ids: Mapping[int, str] | Sequence[str],
        colors: Mapping[str, Sequence[int]] | None = None,
        ignored: Sequence[int] = (IGNORE_INDEX,),
    ) -> None:
        self.ids, self.known = _by_id(ids), {*ignored}
        self.strict = not isinstance(ids, Mapping)
        super().__init__(files, self.ids.values(), colors)
        self.table = self._make_table()

    @property
    def task_settings(self) -> dict[str, Any]:
        """Classes of the task: names and colors, and ids if each class has one that fits into 8 bits."""
        if len(self.names) < len(self.ids) or max(self.ids) >= IGNORE_INDEX:
            return super().task_settings
        stored = {name: number for number, name in self.ids.items()}
        return {'class_set': {name: (*color, stored[name]) for name, color in self.palette.items()}}

    def use(self, other: ClassSet) -> None:
        """See :class:`ClassLabels`."""
        super().use(other)
        self.table = self._make_table()

    def read(self, path: Path, camera: CameraAt) -> NDArray[np.uint8]:
        """Return the training ids (H, W); 255 = ignored."""
        stored = read_indices(path)
        if self.strict:
            strange = set(np.unique(stored).tolist()) - {*self.ids} - self.known
            if strange:
                raise DataError(
                    f'{path} holds the id {min(strange)}; expected 0 .. {len(self.ids) - 1} of the {len(self.ids)} '
                    f'classes, or {", ".join(map(str, sorted(self.known)))} for ignored; list the ids in '
                    'ids={id: name, ...}, or in ignored'
                )
        return self.table[stored]

    def _make_table(self) -> NDArray[np.uint8]:
        table = np.full(LAST + 1, IGNORE_INDEX, np.uint8)
        for stored, name in self.ids.items():
            table[stored] = self.training_id(name)
        return table


def _by_id(ids: Any) -> dict[int, str]:
    """Return the names by id; ids may be text, as JSON has no other keys."""
    try:
        pairs = ids.items() if isinstance(ids, Mapping) else enumerate(ids)
        named = {int(stored): name for stored, name in pairs}
    except (TypeError, ValueError) as error:
        raise ConfigError(f'IdLabels: ids are {ids!r:.80}, expected names by id such as {{0: "road"}}') from error
    if strange := [stored for stored in named if not 0 <= stored <= LAST]:
        raise ConfigError(f'IdLabels: ids: {strange[0]} is not an id; expected 0 .. {LAST}')
    if strange := [name for name in named.values() if not isinstance(name, str)]:
        raise ConfigError(
            f'IdLabels: ids: {strange[0]!r:.80} is not a name; expected names by id such as {{0: "road"}}'
        )
    return named
