"""A run folder and its predictor."""

import numpy as np
import pytest
from tiny_predictor import registered, write_run

from mtlbench.inference import Predictor


@pytest.fixture(scope='module', autouse=True)
def tiny_classes():
    with registered():
        yield


@pytest.fixture(scope='session')
def run(tmp_path_factory):
    with registered():
        return write_run(tmp_path_factory.mktemp('run') / 'seed1')


@pytest.fixture(scope='session')
def predictor(run):
    with registered():
        return Predictor(run, device='cpu')


@pytest.fixture(scope='session')
def photo():
    """A smooth image (45, 70, 3), as photographs are."""
    y, x = np.mgrid[:45, :70]
    waves = [np.sin(x / 7 + y / 9), np.sin(x / 11 - y / 5), np.cos(y / 6 + 1)]
    return np.stack([(127 * (wave + 1)).astype(np.uint8) for wave in waves], -1)
