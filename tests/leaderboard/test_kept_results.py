"""The records kept in the repository, and the page made of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mtlbench.config.files import has_config
from mtlbench.leaderboard.suites.base import TRIVIAL
from mtlbench.records.paths import run_dir
from mtlbench.records.record import ResultRecord

ROOT = Path(__file__).parents[2]
KEPT = sorted((ROOT / 'results').rglob('result.json'))


def test_there_are_some():
    assert KEPT


@pytest.mark.parametrize('path', KEPT, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_record_stands_where_its_run_would(path):
    record = ResultRecord.read(path)
    assert path.parent == run_dir(ROOT / 'results', record.name, record.profile, record.recipe, record.seed)
    assert record.rendered
    assert record.name.startswith(TRIVIAL) or has_config(record.name)


def test_page_is_what_the_records_say():
    suites = (ROOT / 'results' / 'suites.txt').read_text().split()
    arguments = ['report', *suites, '--work-dir', 'results', '--format', 'markdown']
    done = subprocess.run(
        [sys.executable, 'tools/benchmark.py', *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == (ROOT / 'docs' / 'results.md').read_text(), 'make results makes it anew'
