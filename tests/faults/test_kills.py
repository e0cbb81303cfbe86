"""Whatever is killed and begun again ends as if it had been left alone."""

from __future__ import annotations

import os
import random
import zlib

import pytest
from kills import SAME, Ground, Work
from place import Place
from works import WORKS

# One kill each of works that share little; all of them, many times, in the slow test.
FEW = [work for work in WORKS if work.brief]
MANY = int(os.environ.get('MTLBENCH_KILLS', '200'))


def kill(work: Work, times: int, tmp_path, templates, record_property) -> list[str]:
    """The stories of those kills that did not end well."""
    ground, generator = (
        Ground.of(work, Place(tmp_path / 'place', templates)),
        random.Random(zlib.crc32(f'{work}'.encode())),
    )
    stories = []
    while times > 0:
        count = min(times, generator.choice([1, 1, 2]))
        verdict, story = ground.kill(generator, count)
        record_property('kill', (work.name, verdict))
        stories += [story] if verdict != SAME else []
        times -= count
    return stories


@pytest.mark.parametrize('work', FEW, ids=str)
def test_a_kill(work, tmp_path, templates, record_property):
    assert not kill(work, 1, tmp_path, templates, record_property)


@pytest.mark.slow
@pytest.mark.parametrize('work', WORKS, ids=str)
def test_many_kills(work, tmp_path, templates, record_property):
    """``MTLBENCH_KILLS`` says how many over all works (default: 200)."""
    stories = kill(work, -(-MANY // len(WORKS)), tmp_path, templates, record_property)
    assert not stories, '\n\n'.join(stories)
