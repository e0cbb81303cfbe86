"""The quickstart notebook runs as it is shown, with few images and updates."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / 'docs' / 'quickstart.ipynb'
FEW = {'FRAMES': '8', 'UPDATES': '2'}


def cells():
    return json.loads(NOTEBOOK.read_text())['cells']


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Puts the command `mtlbench` of this interpreter on the path, whether or not the package is installed."""
    program = tmp_path / 'bin' / 'mtlbench'
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m mtlbench "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv('PATH', f'{program.parent}{os.pathsep}{os.environ["PATH"]}')
    monkeypatch.setenv('PYTHONPATH', str(ROOT))
    for name, value in FEW.items():
        monkeypatch.setenv(name, value)


def printed(cell):
    return ''.join(output.get('text', '') for output in cell['outputs'])


def shown(cell):
    return [kind for output in cell['outputs'] for kind in output.get('data', ())]


@pytest.mark.slow
def test_the_notebook_runs_as_it_is_shown(tmp_path, command):
    nbformat = pytest.importorskip('nbformat')
    client = pytest.importorskip('nbclient').NotebookClient
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client(notebook, timeout=300, resources={'metadata': {'path': str(tmp_path)}}).execute()
    *_, panel, report = (cell for cell in notebook.cells if cell.cell_type == 'code')
    records = sorted(path.parts[-4:-1] for path in tmp_path.rglob('result.json'))
    assert records == [(method, 'sd_vkitti2', 'seed42') for method in ('mtl', 'xtam')]
    assert 'image/png' in shown(panel)
    table = printed(report)
    assert all(row in table for row in ('MTL', 'xTAM', 'published', 'RENDERED', 'MINI', '2 updates')), table


def test_the_notebook_is_stored_without_outputs():
    code = [cell for cell in cells() if cell['cell_type'] == 'code']
    assert [cell['outputs'] for cell in code] == [[]] * len(code)
    assert {cell['execution_count'] for cell in code} == {None}


def test_the_few_are_what_the_notebook_sets_by_default():
    (first, *_) = (''.join(cell['source']) for cell in cells() if cell['cell_type'] == 'code')
    assert all(f"setdefault('{name}'" in first for name in FEW)
