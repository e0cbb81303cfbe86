"""Label ids of SYNTHIA-RAND-CITYSCAPES, and the Cityscapes classes that they make up."""

from __future__ import annotations

from collections.abc import Mapping

LABELS: dict[int, tuple[str, tuple[int, int, int]]] = {
    0: ('void', (0, 0, 0)),
    1: ('sky', (70, 130, 180)),
    2: ('building', (70, 70, 70)),
    3: ('road', (128, 64, 128)),
    4: ('sidewalk', (244, 35, 232)),
    5: ('fence', (64, 64, 128)),
    6: ('vegetation', (107, 142, 35)),
    7: ('pole', (153, 153, 153)),
    8: ('car', (0, 0, 142)),
    9: ('traffic sign', (220, 220, 0)),
    10: ('pedestrian', (220, 20, 60)),
    11: ('bicycle', (119, 11, 32)),
    12: ('motorcycle', (0, 0, 230)),
    13: ('parking slot', (250, 170, 160)),
    14: ('road work', (128, 64, 64)),
    15: ('traffic light', (250, 170, 30)),
    16: ('terrain', (152, 251, 152)),
    17: ('rider', (255, 0, 0)),
    18: ('truck', (0, 0, 70)),
    19: ('bus', (0, 60, 100)),
    20: ('train', (0, 80, 100)),
    21: ('wall', (102, 102, 156)),
    22: ('lane marking', (102, 102, 156)),
}
"""Names and colors of the label ids."""

GROUPS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    'cityscapes_16': {
        'road': (3,),
        'sidewalk': (4,),
        'building': (2,),
        'wall': (21,),
        'fence': (5,),
        'pole': (7,),
        'traffic light': (15,),
        'traffic sign': (9,),
        'vegetation': (6,),
        'sky': (1,),
        'person': (10,),
        'rider': (17,),
        'car': (8,),
        'bus': (19,),
        'motorcycle': (12,),
        'bicycle': (11,),
    },
    'cityscapes_7': {
        'flat': (3, 4, 22),
        'construction': (2, 5),
        'object': (7, 9, 15),
        'nature': (6,),
        'sky': (1,),
        'human': (10,),
        'vehicle': (8, 11),
    },
}
"""Label ids of each class of Cityscapes' class sets; all others are ignored."""
