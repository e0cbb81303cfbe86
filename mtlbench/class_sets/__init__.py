"""Sets of semantic classes: names, colors, and the label ids that make up each class."""

from collections.abc import Mapping, Sequence

from mtlbench.class_sets import cityscapes, isprs, nyu40, synthia, vkitti2
from mtlbench.errors import ConfigError
from mtlbench.structures.class_set import CLASS_SETS, ClassSet
from mtlbench.utils.choices import require_known

__all__ = ['cityscapes', 'class_set', 'isprs', 'nyu40', 'synthia', 'vkitti2']


OWN = 'own classes'
"""Name of class sets that a config spells out."""


def class_set(name: str | Mapping[str, Sequence[int]]) -> ClassSet:
    """Return the class set of that name, or one made of the colors of classes by name.

    Raises:
        ConfigError: If there is none. The message lists the known ones.
    """
    if isinstance(name, Mapping):
        try:
            palette = tuple((int(red), int(green), int(blue)) for red, green, blue in name.values())
        except (TypeError, ValueError) as error:
            raise ConfigError(f'class_set is {name!r:.80}, expected an RGB color for the name of each class') from error
        return ClassSet(OWN, tuple(name), palette)
    require_known('class_set', name, sorted(CLASS_SETS))
    return CLASS_SETS[name]
