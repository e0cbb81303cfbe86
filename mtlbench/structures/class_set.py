"""Sets of semantic classes: the names and colors behind the training ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mtlbench.errors import ConfigError

IGNORE_INDEX = 255


@dataclass(frozen=True)
class ClassSet:
    """The classes of one data set as one task set uses them; the training id is the position.

    Args:
        name: How configs call it, for example ``'cityscapes_19'``.
        classes: Names, in the order of the training ids.
        palette: RGB colors (0..255), one a class.
    """

    name: str
    classes: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        if len(self.classes) != len(self.palette):
            raise ConfigError(f"class set '{self.name}': {len(self.classes)} names but {len(self.palette)} colors")

    def __len__(self) -> int:
        return len(self.classes)


_CLASS_SETS: dict[str, ClassSet] = {}


def register_class_set(name: str, classes: Sequence[str], palette: Sequence[tuple[int, int, int]]) -> ClassSet:
    """Make a class set known under its name, and return it."""
    made = ClassSet(name, tuple(classes), tuple(palette))
    if _CLASS_SETS.get(name, made) != made:
        raise ConfigError(f"a different class set is already registered as '{name}'")
    _CLASS_SETS[name] = made
    return made


def class_set(name: str) -> ClassSet:
    """Return the class set of that name.

    Raises:
        ConfigError: When there is none; the message lists those that exist.
    """
    import mtlbench.datasets  # noqa: F401  the datasets register their own class sets

    if name not in _CLASS_SETS:
        raise ConfigError(f"unknown class set '{name}'; known are: {', '.join(sorted(_CLASS_SETS))}")
    return _CLASS_SETS[name]
