"""Classes of Virtual KITTI 2, whose files encode them as colors, and the class sets made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mtlbench.class_sets.cityscapes import LABEL_SETS, LABELS
from mtlbench.structures.class_set import register_class_set

CLASSES = {
    'Terrain': (210, 0, 200),
    'Sky': (90, 200, 255),
    'Tree': (0, 199, 0),
    'Vegetation': (90, 240, 0),
    'Building': (140, 140, 140),
    'Road': (100, 60, 100),
    'GuardRail': (250, 100, 255),
    'TrafficSign': (255, 255, 0),
    'TrafficLight': (200, 200, 0),
    'Pole': (255, 130, 0),
    'Misc': (80, 80, 80),
    'Truck': (160, 60, 60),
    'Car': (255, 127, 80),
    'Van': (0, 139, 139),
}
GROUPS: Mapping[str, Mapping[str, Sequence[str]]] = {
    'vkitti2_14': {name: (name,) for name in CLASSES},
    'vkitti2_8': {
        'road': ('Road',),
        'building': ('Building',),
        'pole': ('Pole',),
        'traffic light': ('TrafficLight',),
        'traffic sign': ('TrafficSign',),
        'vegetation': ('Tree', 'Vegetation'),
        'sky': ('Sky',),
        'vehicle': ('Truck', 'Car', 'Van'),
    },
}
"""Classes that make up each class, by class set, in the order of the training ids; all others are ignored."""

VKITTI2_14 = register_class_set('vkitti2_14', tuple(CLASSES), tuple(CLASSES.values()))
register_class_set(
    'vkitti2_8',
    tuple(GROUPS['vkitti2_8']),
    [LABELS[LABEL_SETS['cityscapes_8'][name][0]][1] for name in GROUPS['vkitti2_8']],
)
