"""Kinds of sample fields, one class each. A plugin adds a kind by subclassing :class:`FieldKind`."""

from mtlbench.structures.kinds.base import CheckedDataset, FieldKind
from mtlbench.structures.kinds.boundary import BoundaryKind
from mtlbench.structures.kinds.continuous import ContinuousKind
from mtlbench.structures.kinds.direction import DirectionKind
from mtlbench.structures.kinds.ids import IdsKind
from mtlbench.structures.kinds.image import ImageKind
from mtlbench.structures.kinds.meters import DepthKind, HeightKind

FieldKind.IMAGE = ImageKind()
FieldKind.IDS = IdsKind()
FieldKind.DEPTH = DepthKind()
FieldKind.DIRECTION = DirectionKind()
FieldKind.BOUNDARY = BoundaryKind()
FieldKind.HEIGHT = HeightKind()
FieldKind.CONTINUOUS = ContinuousKind()

__all__ = ['CheckedDataset', 'FieldKind']
