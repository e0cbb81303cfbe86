"""Sets of semantic classes: names and colors of the training ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mtlbench.errors import ConfigError

IGNORE_INDEX = 255


@dataclass(frozen=True)
class ClassSet:
    """Classes of one dataset as used by one set of tasks; the training id is the position.

    Args:
        name: Name in configs, for example ``'cityscapes_19'``.
        classes: Class names in the order of the training ids.
        palette: RGB colors in 0..255, one per class.
        label_ids: Id of each class in label files, if each class is a single label; otherwise empty.
    """

    name: str
    classes: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    label_ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.classes) != len(self.palette):
            raise ConfigError(
                f"class set '{self.name}' has {len(self.classes)} names but {len(self.palette)} colors; match them"
            )

    def __len__(self) -> int:
        return len(self.classes)


CLASS_SETS: dict[str, ClassSet] = {}
"""All class sets by name. Those of this project are registered by :mod:`mtlbench.class_sets`."""


def register_class_set(
    name: str,
    classes: Sequence[str],
    palette: Sequence[tuple[int, int, int]],
    label_ids: Sequence[int] = (),
) -> ClassSet:
    """Register a class set under its name and return it; see :class:`ClassSet`.

    Raises:
        ConfigError: When another class set has that name.
    """
    made = ClassSet(name, tuple(classes), tuple(palette), tuple(label_ids))
    if CLASS_SETS.get(name, made) != made:
        raise ConfigError(f"a different class set is already registered as '{name}'; choose another name")
    CLASS_SETS[name] = made
    return made
