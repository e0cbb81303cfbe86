"""Objectives: terms of the training signal, one file each."""

from mtlbench.objectives.adversarial import AdversarialObjective
from mtlbench.objectives.base import Objective
from mtlbench.objectives.domain_alignment import DomainAlignment
from mtlbench.objectives.feature_distance import FeatureDistance
from mtlbench.objectives.origin_alignment import OriginAlignment
from mtlbench.objectives.orthogonal import OrthogonalRegularization
from mtlbench.objectives.photometric import PhotometricObjective
from mtlbench.objectives.pseudo_label import PseudoLabelObjective
from mtlbench.objectives.step import Batch, Predictions, Routes, Step
from mtlbench.objectives.supervised import SupervisedObjective
from mtlbench.objectives.terms import Terms

__all__ = [
    'AdversarialObjective',
    'Batch',
    'DomainAlignment',
    'FeatureDistance',
    'Objective',
    'OriginAlignment',
    'OrthogonalRegularization',
    'PhotometricObjective',
    'Predictions',
    'PseudoLabelObjective',
    'Routes',
    'Step',
    'SupervisedObjective',
    'Terms',
]
