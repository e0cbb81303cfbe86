"""Sets of semantic classes: names, colors, and the label ids that make up each class."""

from mtlbench.class_sets import cityscapes, isprs, nyu40, synthia, vkitti2
from mtlbench.structures.class_set import CLASS_SETS, ClassSet
from mtlbench.utils.choices import require_known

__all__ = ['cityscapes', 'class_set', 'isprs', 'nyu40', 'synthia', 'vkitti2']


def class_set(name: str) -> ClassSet:
    """Return the class set of that name.

    Raises:
        ConfigError: If there is none. The message lists the known ones.
    """
    require_known('class_set', name, sorted(CLASS_SETS))
    return CLASS_SETS[name]
