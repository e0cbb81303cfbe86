"""What is looked at in a label, by its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.structures import IGNORE_INDEX, FieldKind

LENGTH_TOLERANCE = 0.03
"""Normals stored with 8 bits a component have lengths of 0.99 .. 1.02."""


class FieldCheck(ABC):
    """Looks at one label at a time, and says what all of a split have in common."""

    @abstractmethod
    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """What is wrong with a label (H, W) or (H, W, C)."""

    def is_blank(self, values: NDArray) -> bool:
        """Whether a label says nothing at all."""
        return False

    @abstractmethod
    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Numbers of a label, as many for every one."""

    @abstractmethod
    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """In words, the :meth:`facts` (labels, numbers) of a split."""


class IdsCheck(FieldCheck):
    """Ids of the class set, or 255."""

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Ids of no class; nothing but ignored pixels."""
        classes, held = len(dataset.metainfo['classes']), set(np.unique(values).tolist())
        strange = held - {*range(classes), IGNORE_INDEX}
        if self.is_blank(values) and not dataset.may_be_blank:
            yield f"no pixel has a class of '{dataset.class_set_name}'; is it the original file?"
        if strange:
            yield f"ids {_listed(strange)}; '{dataset.class_set_name}' has 0 .. {classes - 1} and {IGNORE_INDEX}"

    def is_blank(self, values: NDArray) -> bool:
        """Whether all pixels are ignored."""
        return bool((values == IGNORE_INDEX).all())

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """How many pixels each id has."""
        return np.bincount(values.ravel(), minlength=IGNORE_INDEX + 1)[: IGNORE_INDEX + 1].astype(np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """How much is labeled, and which classes occur nowhere."""
        pixels = facts.sum(0)
        absent = [name for name, count in zip(dataset.metainfo['classes'], pixels, strict=False) if not count]
        missing = f'nowhere: {", ".join(absent)}' if absent else 'every class occurs'
        return f'{1 - pixels[IGNORE_INDEX] / pixels.sum():.1%} labeled; {missing}'


class MetersCheck(FieldCheck):
    """Lengths in meters of which some are invalid.

    Args:
        least: Valid ones are not smaller than this.
        excluded: Whether they are not equal to it, either.
    """

    def __init__(self, least: float, excluded: bool) -> None:
        self.least, self.excluded = least, excluded

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Nothing valid; no number."""
        if not np.isfinite(values).all():
            yield 'holds values that are not numbers or infinite; fetch the file again'
        elif self.is_blank(values) and not dataset.may_be_blank:
            yield 'no pixel is valid; fetch the file again'

    def is_blank(self, values: NDArray) -> bool:
        """Whether no pixel is valid."""
        return not self._valid(values).any()

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Share of valid pixels, and of these the least, the median and the greatest."""
        valid = values[self._valid(values) & np.isfinite(values)]
        if not valid.size:
            return np.array([0.0, np.nan, np.nan, np.nan])
        return np.array([valid.size / values.size, valid.min(), np.median(valid), valid.max()], np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """Share of valid pixels and range."""
        share, seen = facts[:, 0].mean(), facts[facts[:, 0] > 0]
        if not len(seen):
            return 'nothing valid'
        least, median, greatest = seen[:, 1].min(), np.median(seen[:, 2]), seen[:, 3].max()
        return f'{share:.1%} valid; {least:.3g} .. {greatest:.5g} m, median image {median:.3g} m'

    def _valid(self, values: NDArray) -> NDArray[np.bool_]:
        return values > self.least if self.excluded else values >= self.least


class DepthCheck(MetersCheck):
    """Depth, whose median tells a wrong unit."""

    def __init__(self) -> None:
        super().__init__(least=0, excluded=True)

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Nothing valid, no number, less than nothing, or no depth that such an image can have."""
        values = values[~np.isposinf(values)] if dataset.infinity else values
        yield from super().faults(values, dataset)
        if (values < 0).any():
            yield 'holds negative depths; 0 is what says invalid'
        valid = values[values > 0]
        if valid.size > 1 and np.ptp(valid) == 0:
            yield 'all valid pixels have the same depth; fetch the file again'
        near, far = dataset.plausible_depth
        median = self.facts(values)[2]
        if median < near or median > far:
            yield f'median depth of {median:.3g} m, expected {near:g} .. {far:g} m; is the file in its original unit?'


class DirectionsCheck(FieldCheck):
    """Unit vectors, or all zero."""

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Vectors that are too long or too short; no vector."""
        least, greatest = self.facts(values)[1:]
        if np.isnan(least):
            yield 'no pixel is valid; fetch the file again'
        elif least < 1 - LENGTH_TOLERANCE or greatest > 1 + LENGTH_TOLERANCE:
            yield f'vectors of lengths {least:.3g} .. {greatest:.3g}, expected 1'

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Share of valid pixels, and of these the least and the greatest length."""
        lengths = np.linalg.norm(values, axis=-1)
        valid = lengths[lengths > 0]
        if not valid.size:
            return np.array([0.0, np.nan, np.nan])
        return np.array([valid.size / lengths.size, valid.min(), valid.max()], np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """Share of valid pixels and lengths."""
        seen = facts[facts[:, 0] > 0]
        lengths = f'lengths {seen[:, 1].min():.3g} .. {seen[:, 2].max():.3g}' if len(seen) else 'nothing valid'
        return f'{facts[:, 0].mean():.1%} valid; {lengths}'


class BoundaryCheck(FieldCheck):
    """0 or 1, or 255 for neither."""

    def faults(self, values: NDArray, dataset: MultiTaskDataset) -> Iterator[str]:
        """Other values."""
        strange = set(np.unique(values).tolist()) - {0, 1, IGNORE_INDEX}
        if strange:
            yield f'values {_listed(strange)}, expected 0, 1 or {IGNORE_INDEX}'

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Share of boundary pixels."""
        return np.array([(values == 1).mean()])

    def summary(self, facts: NDArray[np.float64], dataset: MultiTaskDataset) -> str:
        """Share of boundary pixels."""
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
