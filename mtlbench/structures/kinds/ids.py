"""Kind of class ids."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtlbench.structures.class_set import IGNORE_INDEX
from mtlbench.structures.kinds.base import CheckedDataset, FieldKind, Size, listed

GOLDEN_HUES = 111
"""Step of the hue from id to id, of 180: the golden angle, which keeps the hues of neighboring ids apart."""


class IdsKind(FieldKind):
    """Training ids, or 255 for ignored pixels; never interpolated."""

    name, padding = 'IDS', IGNORE_INDEX
    has_classes = True

    def known(self, label: Tensor) -> Tensor:
        """Return the mask of the pixels that are not ignored."""
        return label != IGNORE_INDEX

    def random(self, size: Size, channels: int, generator: torch.Generator) -> Tensor:
        """Return the ids 0 and 1 at random."""
        return torch.randint(0, 2, (channels, *size), generator=generator)

    def draw(self, values: NDArray) -> NDArray[np.uint8]:
        """Draw each id in a color of its own; ignored pixels are black."""
        ids = values[0].astype(np.int64)
        hsv = np.stack([ids * GOLDEN_HUES % 180, np.full_like(ids, 200), np.where(ids == IGNORE_INDEX, 0, 255)], -1)
        return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), np.uint8)

    def faults(self, values: NDArray, dataset: CheckedDataset) -> Iterator[str]:
        """Yield ids outside the class set, and labels without a valid pixel."""
        classes, held = len(dataset.metainfo['classes']), set(np.unique(values).tolist())
        strange = held - {*range(classes), IGNORE_INDEX}
        if self.is_blank(values) and not dataset.may_be_blank:
            yield f"no pixel has a class of '{dataset.class_set_name}'; is this the original file?"
        if strange:
            known = f"0 .. {classes - 1} and {IGNORE_INDEX} of '{dataset.class_set_name}'"
            yield f'ids {listed(strange)}, expected {known}; use the original file'

    def is_blank(self, values: NDArray) -> bool:
        """Return True if all pixels are ignored."""
        return bool((values == IGNORE_INDEX).all())

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return the number of pixels of each id."""
        ids = values[(values >= 0) & (values <= IGNORE_INDEX)].astype(np.int64)  # files of floats hold ids as well
        return np.bincount(ids, minlength=IGNORE_INDEX + 1).astype(np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: CheckedDataset) -> str:
        """Describe the share of labeled pixels and the absent classes."""
        pixels = facts.sum(0)
        absent = [name for name, count in zip(dataset.metainfo['classes'], pixels, strict=False) if not count]
        missing = f'absent: {", ".join(absent)}' if absent else 'every class occurs'
        return f'{1 - pixels[IGNORE_INDEX] / pixels.sum():.1%} labeled; {missing}'
