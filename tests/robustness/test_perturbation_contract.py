"""The contract of perturbations."""

import pytest

from mtlbench.registry import PERTURBATIONS
from mtlbench.testing import PerturbationContract

ARGUMENTS = {'PGD': dict(iterations=4), 'SegPGD': dict(iterations=4), 'MomentumFGSM': dict(iterations=4)}
CORRUPTIONS = [dict(type='CommonCorruption', kind=kind) for kind in ('fog', 'gaussian_noise')]


class TestPerturbations(PerturbationContract):
    cases = [
        dict(type=name, **ARGUMENTS.get(name, {})) for name in PERTURBATIONS.names() if name != 'CommonCorruption'
    ] + CORRUPTIONS

    def build(self, case, seed=0, **arguments):
        if case['type'] == 'CommonCorruption':
            pytest.importorskip('imagecorruptions')
        return super().build(case, seed, **arguments)
