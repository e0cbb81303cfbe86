"""One small rendering that the tests share."""

import pytest

pytest.importorskip('embreex')

from mtlbench.world.writers import render_world
from mtlbench.world.writers.vkitti2 import VKITTI2Writer

REQUEST = VKITTI2Writer(frames=10, size=(104, 32), seed=3, variations=('clone', '15-deg-left'), cameras=(0, 1))


@pytest.fixture(scope='session')
def world(tmp_path_factory):
    """A rendered folder and what was asked for."""
    root = tmp_path_factory.mktemp('rendered') / 'vkitti2'
    assert render_world(REQUEST, root)
    return root, REQUEST
