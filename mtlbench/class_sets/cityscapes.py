"""Label ids of Cityscapes, which other street datasets share, and the class sets made of them."""

from __future__ import annotations

from collections.abc import Mapping

from mtlbench.class_sets.training_ids import single_labels
from mtlbench.structures.class_set import register_class_set

LABELS: dict[int, tuple[str, tuple[int, int, int]]] = {
    7: ('road', (128, 64, 128)),
    8: ('sidewalk', (244, 35, 232)),
    11: ('building', (70, 70, 70)),
    12: ('wall', (102, 102, 156)),
    13: ('fence', (190, 153, 153)),
    17: ('pole', (153, 153, 153)),
    19: ('traffic light', (250, 170, 30)),
    20: ('traffic sign', (220, 220, 0)),
    21: ('vegetation', (107, 142, 35)),
    22: ('terrain', (152, 251, 152)),
    23: ('sky', (70, 130, 180)),
    24: ('person', (220, 20, 60)),
    25: ('rider', (255, 0, 0)),
    26: ('car', (0, 0, 142)),
    27: ('truck', (0, 0, 70)),
    28: ('bus', (0, 60, 100)),
    31: ('train', (0, 80, 100)),
    32: ('motorcycle', (0, 0, 230)),
    33: ('bicycle', (119, 11, 32)),
}
"""Names and colors of the evaluated label ids, a subset of 0 .. ``LAST_LABEL``."""

LAST_LABEL = 33
VOID = range(7)
"""Label ids of no class; the test set has no others."""
LAST_TRAINING_ID = 19


def _without(*left_out: int) -> dict[str, tuple[int, ...]]:
    return {name: (label,) for label, (name, _) in LABELS.items() if label not in left_out}


LABEL_SETS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    'cityscapes_19': _without(),
    'cityscapes_16': _without(22, 27, 31),
    'cityscapes_13': _without(12, 13, 17, 22, 27, 31),
    'cityscapes_8': {
        'road': (7,),
        'building': (11,),
        'pole': (17,),
        'traffic light': (19,),
        'traffic sign': (20,),
        'vegetation': (21,),
        'sky': (23,),
        'vehicle': (26, 28),
    },
    'cityscapes_7': {
        'flat': (7, 8),
        'construction': (11, 12, 13),
        'object': (17, 19, 20),
        'nature': (21, 22),
        'sky': (23,),
        'human': (24, 25),
        'vehicle': tuple(range(26, 34)),
    },
    'cityscapes_7_xtam': {
        'flat': (7, 8),
        'construction': (11, 13),
        'object': (17, 19, 20),
        'nature': (21,),
        'sky': (23,),
        'human': (24,),
        'vehicle': (26, 33),
    },
}
"""Label ids of each class, by class set, in the order of the training ids; all others are ignored."""

for _name, _groups in LABEL_SETS.items():
    _colors = [LABELS[labels[0]][1] for labels in _groups.values()]
    register_class_set(_name, tuple(_groups), _colors, single_labels(_groups.values()))
