"""Objectives: the terms of the training signal, one file each."""

from mtlbench.objectives.base import Objective
from mtlbench.objectives.photometric import PhotometricObjective
from mtlbench.objectives.step import Batch, Predictions, Step
from mtlbench.objectives.supervised import SupervisedObjective

__all__ = ['Batch', 'Objective', 'PhotometricObjective', 'Predictions', 'Step', 'SupervisedObjective']
