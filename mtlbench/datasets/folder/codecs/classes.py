"""Base class of codecs of classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mtlbench.class_sets import class_set
from mtlbench.class_sets.nyu40 import interleaved_color
from mtlbench.datasets.folder.codecs.base import LabelCodec
from mtlbench.errors import ConfigError
from mtlbench.structures import IGNORE_INDEX, ClassSet, FieldKind

Color = tuple[int, int, int]


class ClassLabels(LabelCodec):
    """Class labels, whose training ids are the positions of the names in :attr:`class_set`.

    Args:
        files: Pattern of the files.
        names: Names of the classes, in the order of the training ids.
        colors: Colors of classes in drawings; missing ones are chosen.
    """

    kinds = (FieldKind.IDS,)

    def __init__(self, files: str, names: Iterable[str], colors: Mapping[str, Sequence[int]] | None = None) -> None:
        super().__init__(files)
        self.names = list(dict.fromkeys(names))
        chosen = {name: color_of(color, name, self) for name, color in (colors or {}).items()}
        if strange := [name for name in chosen if name not in self.names]:
            raise ConfigError(f"{type(self).__name__}: colors: there is no class '{strange[0]}' in {self.names}")
        if not 0 < len(self.names) < IGNORE_INDEX:
            raise ConfigError(f'{type(self).__name__}: expected 1 .. {IGNORE_INDEX - 1} classes, got {len(self.names)}')
        self.palette = {
            name: chosen.get(name) or interleaved_color(number) for number, name in enumerate(self.names, 1)
        }
        self.class_set = class_set(self.palette)

    @property
    def task_settings(self) -> dict[str, Any]:
        """Classes of the task: names and colors."""
        return {'class_set': self.palette}

    def use(self, other: ClassSet) -> None:
        """Use the training ids of another class set.

        Raises:
            ConfigError: If a class is not in it.
        """
        if strange := [name for name in self.names if name not in other.classes]:
            raise ConfigError(
                f"{type(self).__name__}: the class '{strange[0]}' is not in the class set '{other.name}'; its classes "
                f'are: {", ".join(other.classes)}'
            )
        self.class_set = other

    def training_id(self, name: str) -> int:
        """Return the training id of a class."""
        return self.class_set.classes.index(name)


def color_of(color: Any, name: str, owner: object) -> Color:
    """Return an RGB color of a config.

    Raises:
        ConfigError: If it is not three whole numbers of 0 .. 255.
    """
    if isinstance(color, list | tuple) and len(color) == 3 and all(_is_byte(part) for part in color):
        return color[0], color[1], color[2]
    raise ConfigError(f"{type(owner).__name__}: the color of '{name}' is {color!r:.80}, expected three of 0 .. 255")


def _is_byte(part: Any) -> bool:
    return isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= IGNORE_INDEX
