from __future__ import annotations

import sys

import pytest

from mtlbench.cli import list_modules
from mtlbench.errors import ConfigError
from mtlbench.registry import all_registries


def test_every_registry_and_member_has_a_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['list_modules.py'])
    list_modules.main()
    lines = capsys.readouterr().out.splitlines()
    for title, registry in all_registries().items():
        assert f'{title} ({len(registry.names())})' in lines
        for name in registry.names():
            assert any(line.startswith(f'  {name} ') for line in lines)


def test_one_registry(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['list_modules.py', '--registry', 'exchange'])
    list_modules.main()
    out = capsys.readouterr().out
    assert 'CrossTaskExchange' in out
    assert 'encoder (' not in out


def test_a_misspelt_registry_is_answered_with_the_near_ones():
    with pytest.raises(ConfigError, match="'encodr'; did you mean encoder"):
        list_modules.choose(all_registries(), 'encodr')
