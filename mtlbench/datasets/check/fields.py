"""Checks of a label's values, by field kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.structures import IGNORE_INDEX, FieldKind

LENGTH_TOLERANCE = 0.03
"""Largest deviation from length 1; normals with 8 bits per component have lengths of 0.99 .. 1.02."""


class FieldCheck(ABC):
    """Check of single labels, and summary of all labels of a split."""

    @abstractmethod
    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Yield the faults of a label (H, W) or (H, W, C)."""

    def is_blank(self, values: NDArray) -> bool:
        """Return True if a label has no valid pixel."""
        return False

    @abstractmethod
    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return statistics of a label, in the same number for every label."""

    @abstractmethod
    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """Describe the :meth:`facts` (labels, numbers) of a split in words."""


class IdsCheck(FieldCheck):
    """Check of training ids, or 255 for ignored pixels."""

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Yield ids outside the class set, and labels without a valid pixel."""
        classes, held = len(dataset.metainfo['classes']), set(np.unique(values).tolist())
        strange = held - {*range(classes), IGNORE_INDEX}
        if self.is_blank(values) and not dataset.may_be_blank:
            yield f"no pixel has a class of '{dataset.class_set_name}'; is this the original file?"
        if strange:
            known = f"0 .. {classes - 1} and {IGNORE_INDEX} of '{dataset.class_set_name}'"
            yield f'ids {_listed(strange)}, expected {known}; use the original file'

    def is_blank(self, values: NDArray) -> bool:
        """Return True if all pixels are ignored."""
        return bool((values == IGNORE_INDEX).all())

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return the number of pixels of each id."""
        return np.bincount(values.ravel(), minlength=IGNORE_INDEX + 1)[: IGNORE_INDEX + 1].astype(np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """Describe the share of labeled pixels and the absent classes."""
        pixels = facts.sum(0)
        absent = [name for name, count in zip(dataset.metainfo['classes'], pixels, strict=False) if not count]
        missing = f'absent: {", ".join(absent)}' if absent else 'every class occurs'
        return f'{1 - pixels[IGNORE_INDEX] / pixels.sum():.1%} labeled; {missing}'


class MetersCheck(FieldCheck):
    """Check of lengths in meters, some of which may be invalid.

    Args:
        least: Lower bound of valid lengths.
        excluded: Whether the lower bound itself is invalid.
    """

    def __init__(self, least: float, excluded: bool) -> None:
        self.least, self.excluded = least, excluded

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Yield values that are not finite, and labels without a valid pixel."""
        if not np.isfinite(values).all():
            yield 'holds values that are NaN or infinite; fetch the file again'
        elif self.is_blank(values) and not dataset.may_be_blank:
            yield 'no pixel is valid; fetch the file again'

    def is_blank(self, values: NDArray) -> bool:
        """Return True if no pixel is valid."""
        return not self._valid(values).any()

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return the share of valid pixels, and their minimum, median and maximum."""
        valid = values[self._valid(values) & np.isfinite(values)]
        if not valid.size:
            return np.array([0.0, np.nan, np.nan, np.nan])
        return np.array([valid.size / values.size, valid.min(), np.median(valid), valid.max()], np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """Describe the share of valid pixels and the range."""
        share, seen = facts[:, 0].mean(), facts[facts[:, 0] > 0]
        if not len(seen):
            return 'no valid pixel'
        least, median, greatest = seen[:, 1].min(), np.median(seen[:, 2]), seen[:, 3].max()
        return f'{share:.1%} valid; {least:.3g} .. {greatest:.5g} m, median of image medians {median:.3g} m'

    def _valid(self, values: NDArray) -> NDArray[np.bool_]:
        return values > self.least if self.excluded else values >= self.least


class DepthCheck(MetersCheck):
    """Check of depth, whose median reveals a wrong unit."""

    def __init__(self) -> None:
        super().__init__(least=0, excluded=True)

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Yield depths that are not finite, negative, constant, or implausible for the dataset."""
        values = values[~np.isposinf(values)] if dataset.infinity else values
        yield from super().faults(values, dataset)
        if (values < 0).any():
            yield 'holds negative depths; expected 0 for invalid pixels'
        valid = values[values > 0]
        if valid.size > 1 and np.ptp(valid) == 0:
            yield 'all valid pixels have the same depth; fetch the file again'
        near, far = dataset.plausible_depth
        median = self.facts(values)[2]
        if median < near or median > far:
            yield f'median depth of {median:.3g} m, expected {near:g} .. {far:g} m; is the file in its original unit?'


class DirectionsCheck(FieldCheck):
    """Check of unit vectors; zero vectors are invalid."""

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Yield lengths other than 1, and labels without a valid pixel."""
        least, greatest = self.facts(values)[1:]
        if np.isnan(least):
            yield 'no pixel is valid; fetch the file again'
        elif least < 1 - LENGTH_TOLERANCE or greatest > 1 + LENGTH_TOLERANCE:
            yield f'vectors of lengths {least:.3g} .. {greatest:.3g}, expected 1'

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return the share of valid pixels, and their smallest and largest length."""
        lengths = np.linalg.norm(values, axis=-1)
        valid = lengths[lengths > 0]
        if not valid.size:
            return np.array([0.0, np.nan, np.nan])
        return np.array([valid.size / lengths.size, valid.min(), valid.max()], np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """Describe the share of valid pixels and the lengths."""
        seen = facts[facts[:, 0] > 0]
        lengths = f'lengths {seen[:, 1].min():.3g} .. {seen[:, 2].max():.3g}' if len(seen) else 'no valid pixel'
        return f'{facts[:, 0].mean():.1%} valid; {lengths}'


class BoundaryCheck(FieldCheck):
    """Check of boundaries: 0 or 1, or 255 for ignored pixels."""

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Yield other values."""
        strange = set(np.unique(values).tolist()) - {0, 1, IGNORE_INDEX}
        if strange:
            yield f'values {_listed(strange)}, expected 0, 1 or {IGNORE_INDEX}'

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return the share of boundary pixels."""
        return np.array([(values == 1).mean()])

    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """Describe the share of boundary pixels."""
        return f'{facts.mean():.1%} boundary'


CHECKS: Mapping[FieldKind, FieldCheck] = {
    FieldKind.IDS: IdsCheck(),
    FieldKind.DEPTH: DepthCheck(),
    FieldKind.DIRECTION: DirectionsCheck(),
    FieldKind.BOUNDARY: BoundaryCheck(),
    FieldKind.HEIGHT: MetersCheck(least=0, excluded=False),
}


def _listed(values: set, most: int = 5) -> str:
    first: Sequence = sorted(values)[:most]
    return ', '.join(f'{value:g}' for value in first) + (', ...' if len(values) > most else '')
