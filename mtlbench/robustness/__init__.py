"""Robustness to perturbed images: noise, attacks and common corruptions, and their effect on the scores."""

from mtlbench.robustness.attacks import FGSM, PGD, MomentumFGSM, SegPGD
from mtlbench.robustness.base import Case, Perturbation
from mtlbench.robustness.corruption import CommonCorruption
from mtlbench.robustness.noise import GaussianNoise, SaltAndPepper
from mtlbench.robustness.victim import Victim

__all__ = [
    'FGSM',
    'PGD',
    'Case',
    'CommonCorruption',
    'GaussianNoise',
    'MomentumFGSM',
    'Perturbation',
    'SaltAndPepper',
    'SegPGD',
    'Victim',
]
