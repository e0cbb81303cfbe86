"""Every fault of every table comes out right."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from campaign import RIGHT, judge
from place import Place

TABLES = sorted(path.stem for path in Path(__file__).parent.glob('table_*.py'))
LINES = [
    pytest.param(table, fault, id=f'{table.removeprefix("table_")}: {fault.name}')
    for table in TABLES
    for fault in importlib.import_module(table).FAULTS
]


@pytest.mark.parametrize(('table', 'fault'), LINES)
def test_fault(table, fault, tmp_path, templates, record_property):
    verdict, why = judge(fault, Place(tmp_path / 'place', templates))
    record_property('fault', (table.removeprefix('table_'), verdict))
    if fault.known:
        assert verdict != RIGHT, f'{fault.name}: mended; take its `known` out'
        pytest.xfail(fault.known)
    if verdict != RIGHT:
        pytest.fail(f'{fault.name}: {why}', pytrace=False)


def test_no_name_twice():
    names = [line.id for line in LINES]
    assert len(names) == len(set(names))
