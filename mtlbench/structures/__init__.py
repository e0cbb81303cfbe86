"""Contracts of the ground floor: samples, batches, fields, class sets, and the network as objectives see it."""

from mtlbench.structures.batch import Batch
from mtlbench.structures.class_set import IGNORE_INDEX, ClassSet, register_class_set
from mtlbench.structures.field import field_kind, register_field
from mtlbench.structures.kinds import FieldKind
from mtlbench.structures.network import Maps, Network, Predictions
from mtlbench.structures.sample import MultiTaskSample

__all__ = [
    'IGNORE_INDEX',
    'Batch',
    'ClassSet',
    'FieldKind',
    'Maps',
    'MultiTaskSample',
    'Network',
    'Predictions',
    'field_kind',
    'register_class_set',
    'register_field',
]
