"""The extra that the contracts need is asked for by name."""

import runpy
import sys
from pathlib import Path

import pytest

import mtlbench.testing
from mtlbench.errors import MissingExtraError


def test_missing_pytest_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, 'pytest', None)
    with pytest.raises(MissingExtraError, match=r'mtlbench\[testing\]'):
        runpy.run_path(str(Path(mtlbench.testing.__file__)))
