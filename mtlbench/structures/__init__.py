"""The sample, the kinds of its fields, and the sets of classes."""

from mtlbench.structures.class_set import ClassSet, class_set, register_class_set
from mtlbench.structures.field import FieldKind
from mtlbench.structures.sample import MultiTaskSample

__all__ = ['ClassSet', 'FieldKind', 'MultiTaskSample', 'class_set', 'register_class_set']
