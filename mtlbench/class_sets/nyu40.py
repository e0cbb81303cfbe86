"""The 40 classes of NYUDv2 and ScanNet, and the class sets made of them."""

from __future__ import annotations

from collections.abc import Mapping

from mtlbench.class_sets.training_ids import single_labels
from mtlbench.structures.class_set import register_class_set

NYU40 = (
    'wall', 'floor', 'cabinet', 'bed', 'chair', 'sofa', 'table', 'door', 'window', 'bookshelf', 'picture', 'counter',
    'blinds', 'desk', 'shelves', 'curtain', 'dresser', 'pillow', 'mirror', 'floor mat', 'clothes', 'ceiling', 'books',
    'refrigerator', 'television', 'paper', 'towel', 'shower curtain', 'box', 'whiteboard', 'person', 'night stand',
    'toilet', 'sink', 'lamp', 'bathtub', 'bag', 'other structure', 'other furniture', 'other prop',
)  # fmt: skip
"""Names of the label ids 1 .. 40; 0 is unlabeled."""

NYU13 = (
    'bed', 'books', 'ceiling', 'chair', 'floor', 'furniture', 'objects', 'picture', 'sofa', 'table', 'tv', 'wall',
    'window',
)  # fmt: skip
_NYU13_OF_40 = (
    12, 5, 6, 1, 4, 9, 10, 12, 13, 6, 8, 6, 13, 10, 6, 13, 6, 7, 7, 5,
    7, 3, 2, 6, 11, 7, 7, 7, 7, 7, 7, 6, 7, 7, 7, 7, 7, 7, 6, 7,
)  # fmt: skip
"""Published map from each of the 40 classes to one of the 13, counted from 1."""
_SCANNET20 = {
    1: (174, 199, 232),
    2: (152, 223, 138),
    3: (31, 119, 180),
    4: (255, 187, 120),
    5: (188, 189, 34),
    6: (140, 86, 75),
    7: (255, 152, 150),
    8: (214, 39, 40),
    9: (197, 176, 213),
    10: (148, 103, 189),
    11: (196, 156, 148),
    12: (23, 190, 207),
    14: (247, 182, 210),
    16: (219, 219, 141),
    24: (255, 127, 14),
    28: (158, 218, 229),
    33: (44, 160, 44),
    34: (112, 128, 144),
    36: (227, 119, 194),
    39: (82, 84, 163),
}
"""Colors of the label ids that the ScanNet benchmark evaluates."""

LABEL_SETS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    'nyudv2_40': {name: (label,) for label, name in enumerate(NYU40, 1)},
    'nyudv2_13': {
        name: tuple(label for label, group in enumerate(_NYU13_OF_40, 1) if group == number)
        for number, name in enumerate(NYU13, 1)
    },
    'scannet_20': {NYU40[label - 1]: (label,) for label in _SCANNET20},
}
"""Label ids of each class, by class set, in the order of the training ids; all others are ignored."""


def interleaved_color(number: int) -> tuple[int, int, int]:
    """Return the color of a label in the common palette.

    The bits of the label go to red, green and blue in turn, starting at the highest bit of each.

    >>> interleaved_color(1), interleaved_color(10)
    ((128, 0, 0), (64, 128, 0))
    """
    red, green, blue = (
        sum((number >> 3 * place + channel & 1) << 7 - place for place in range(8)) for channel in range(3)
    )
    return red, green, blue


for _name in ('nyudv2_40', 'nyudv2_13'):
    _classes = tuple(LABEL_SETS[_name])
    _colors = [interleaved_color(label) for label in range(1, len(_classes) + 1)]
    register_class_set(_name, _classes, _colors, single_labels(LABEL_SETS[_name].values()))
register_class_set('scannet_20', tuple(LABEL_SETS['scannet_20']), tuple(_SCANNET20.values()), tuple(_SCANNET20))
