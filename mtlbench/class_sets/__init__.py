"""Sets of semantic classes: their names, their colors, and the label ids of the data sets that make them up."""

from mtlbench.class_sets import cityscapes, isprs, nyu40, synthia, vkitti2
from mtlbench.errors import ConfigError
from mtlbench.structures.class_set import CLASS_SETS, ClassSet

__all__ = ['cityscapes', 'class_set', 'isprs', 'nyu40', 'synthia', 'vkitti2']


def class_set(name: str) -> ClassSet:
    """Return the class set of that name.

    Raises:
        ConfigError: When there is none; the message lists those that exist.
    """
    if name not in CLASS_SETS:
        raise ConfigError(f"unknown class set '{name}'; known are: {', '.join(sorted(CLASS_SETS))}")
    return CLASS_SETS[name]
