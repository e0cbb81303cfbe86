"""Plausible values of the fields of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mtlbench.datasets.base import MultiTaskDataset


class Expected(NamedTuple):
    """Plausible values of a field; see :class:`mtlbench.structures.kinds.CheckedDataset`."""

    class_set_name: str
    metainfo: Mapping[str, Any]
    may_be_blank: bool
    infinity: bool
    plausible_depth: tuple[float, float]


def expected(dataset: MultiTaskDataset, field: str) -> Expected:
    """Return the plausible values of a field, which may have a class set of its own."""
    classes = dataset.class_set_of(field)
    about = {'classes': classes.classes}
    return Expected(classes.name, about, dataset.may_be_blank, dataset.infinity, dataset.plausible_depth)
