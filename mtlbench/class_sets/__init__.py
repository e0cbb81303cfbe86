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

    Args:
        name: Name of a class set; or for each class the RGB color, and optionally the label id as a fourth number.

    Raises:
        ConfigError: If there is none. The message lists the known ones.
    """
    if isinstance(name, Mapping):
        return _spelled_out(name)
    require_known('class_set', name, sorted(CLASS_SETS))
    return CLASS_SETS[name]


def _spelled_out(classes: Mapping[str, Sequence[int]]) -> ClassSet:
    try:
        palette = tuple((int(red), int(green), int(blue)) for red, green, blue, *_ in classes.values())
        label_ids = tuple(int(label) for numbers in classes.values() for label in numbers[3:])
        if len(label_ids) not in (0, len(classes)):
            raise ValueError
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f'class_set is {classes!r:.80}, expected an RGB color for the name of each class, or the color and the '
            'label id of each'
        ) from error
    return ClassSet(OWN, tuple(classes), palette, label_ids)
