"""Raw categories of the stand-in for ScanNet; as in the original, several can belong to one of the 40 classes."""

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
"""Raw categories of each class that has others than its own name."""
_RAW = [(name, raw) for name in LABELS for raw in RAW_CATEGORIES.get(name, (name,))]
_FIRST = 2
"""First raw id. Raw ids leave gaps, so that they cannot be mistaken for class ids."""
RAW_IDS: dict[str, list[int]] = {
    name: [_FIRST + 3 * number for number, (other, _) in enumerate(_RAW) if other == name] for name in LABELS
}


def raw_ids(rendering: Rendering) -> NDArray[np.uint16]:
    """Return raw ids (H, W), 0 for none; instances of one class alternate between its first and last raw category."""
    codes = np.zeros((len(rendering.categories), 2), np.uint16)
    for number, name in enumerate(rendering.categories):
        if name in RAW_IDS:
            codes[number] = RAW_IDS[name][0], RAW_IDS[name][-1]
    return codes[rendering.category, rendering.instance % 2]


def label_table() -> list[str]:
    """Return the lines of ``scannetv2-labels.combined.tsv``."""
    rows = [
        (str(_FIRST + 3 * number), raw, raw, '1', str(LABELS[name]), name.replace('other ', 'other'))
        for number, (name, raw) in enumerate(_RAW)
    ]
    return ['\t'.join(row) for row in (HEADER, *rows)]
