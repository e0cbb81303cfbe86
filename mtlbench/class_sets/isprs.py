"""Classes of the ISPRS tiles of Potsdam and Vaihingen, and the class sets made of them."""

from __future__ import annotations

from mtlbench.structures.class_set import register_class_set

CLASSES = {
    'impervious surface': (255, 255, 255),
    'building': (0, 0, 255),
    'low vegetation': (0, 255, 255),
    'tree': (0, 255, 0),
    'car': (255, 255, 0),
    'clutter': (255, 0, 0),
}
CLASS_SETS = {'isprs_6': tuple(CLASSES), 'isprs_5': tuple(name for name in CLASSES if name != 'clutter')}

for _name, _classes in CLASS_SETS.items():
    register_class_set(_name, _classes, [CLASSES[name] for name in _classes])
