"""The raw categories of the stand-in for ScanNet: several make up one of the 40 classes, as in the original."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtlbench.world.render import Rendering
from mtlbench.world.writers.rooms import LABELS

HEADER = ('id', 'raw_category', 'category', 'count', 'nyu40id', 'nyu40class')
RAW_CATEGORIES: dict[str, tuple[str, ...]] = {
    'cabinet': ('cabinet', 'wardrobe'),
    'chair': ('chair', 'office chair'),
    'sofa': ('couch',),
    'table': ('table', 'coffee table'),
    'shelves': ('shelf',),
    'books': ('book',),
    'television': ('monitor', 'tv'),
    'night stand': ('nightstand',),
    'bag': ('bag', 'backpack'),
    'box': ('box', 'cardboard box'),
    'other structure': ('radiator', 'structure'),
    'other furniture': ('stool', 'ottoman'),
    'other prop': ('bottle', 'object'),
}
"""Those of a class that are not called as the class itself."""
_RAW = [(name, raw) for name in LABELS for raw in RAW_CATEGORIES.get(name, (name,))]
_FIRST = 2
"""Raw ids begin here and leave gaps, so that nobody takes them for ids of classes."""
RAW_IDS: dict[str, list[int]] = {
    name: [_FIRST + 3 * number for number, (other, _) in enumerate(_RAW) if other == name] for name in LABELS
}


def raw_ids(rendering: Rendering) -> NDArray[np.uint16]:
    """Raw ids (H, W), 0 for nothing; things of one class take its raw categories in turn."""
    codes = np.zeros((len(rendering.categories), 2), np.uint16)
    for number, name in enumerate(rendering.categories):
        if name in RAW_IDS:
            codes[number] = RAW_IDS[name][0], RAW_IDS[name][-1]
    return codes[rendering.category, rendering.instance % 2]


def label_table() -> list[str]:
    """Lines of ``scannetv2-labels.combined.tsv``."""
    rows = [
        (str(_FIRST + 3 * number), raw, raw, '1', str(LABELS[name]), name.replace('other ', 'other'))
        for number, (name, raw) in enumerate(_RAW)
    ]
    return ['\t'.join(row) for row in (HEADER, *rows)]
