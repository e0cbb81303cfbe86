from types import SimpleNamespace

import pytest
from trained import RULES, write_run

from mtlbench.export import FORMATS, export


@pytest.fixture(scope='session')
def tiny(tmp_path_factory):
    """An overlay that makes networks small."""
    path = tmp_path_factory.mktemp('overlay') / 'tiny.py'
    path.write_text(RULES)
    return path


@pytest.fixture(scope='session')
def run(tmp_path_factory, tiny):
    """The folder and the learner of a run of three tasks."""
    folder = tmp_path_factory.mktemp('runs') / 'mtl'
    return SimpleNamespace(folder=folder, learner=write_run(folder, 'mtl/sdn_vkitti2', tiny))


@pytest.fixture(scope='session')
def exported(run, tmp_path_factory):
    """The files of all formats, and how they agree with the network."""
    out = tmp_path_factory.mktemp('exported')
    done = export(run.folder, list(FORMATS), out, license_id='cc-by-4.0')
    return SimpleNamespace(folder=out, **done._asdict())
