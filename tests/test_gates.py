"""The gates are the same wherever they stand."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def recipe(target):
    """Return the lines of a target of the Makefile."""
    return re.search(rf'^{target}:.*\n((?:\t.*\n)+)', (ROOT / 'Makefile').read_text(), re.MULTILINE)[1].splitlines()


def test_commits_are_checked_by_the_tools_of_lint():
    (repo,) = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())['repos']
    hooks = {hook['id']: hook['entry'] for hook in repo['hooks']}
    for line in recipe('lint'):
        command = line.removeprefix('\t$(BIN)/').removesuffix(' .').replace(' --check', '')
        assert hooks[command.replace(' ', '-')].startswith(f'.venv/bin/{command}')


def test_files_above_the_limit_are_those_of_the_list():
    hooks = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())['repos'][0]['hooks']
    (hook,) = [hook for hook in hooks if hook['id'] == 'check-added-large-files']
    most = int(re.search(r'--maxkb=(\d+)', hook['entry'])[1]) * 1024
    files = [
        path
        for folder in ('configs', 'docs', 'mtlbench', 'results', 'tests', 'tools')
        for path in (ROOT / folder).rglob('*')
    ]
    large = [
        str(path.relative_to(ROOT))
        for path in files
        if path.is_file() and path.stat().st_size > most and path.suffix != '.pyc'
    ]
    assert [name for name in large if not re.search(hook['exclude'], name)] == []


def test_coverage_has_a_floor_and_is_measured_by_what_ci_runs():
    floor = re.search(r'^fail_under = (\d+)', (ROOT / 'pyproject.toml').read_text(), re.MULTILINE)
    assert int(floor[1]) >= 90
    assert '$(COVERAGE)' in ' '.join(recipe('test'))
    assert {'make lint', 'make test COVERAGE=--cov=mtlbench'} <= set((ROOT / '.ci/run').read_text().splitlines())


def test_no_two_test_modules_have_one_name():
    """They would be one module for Python, and only the first would be collected."""
    modules = (ROOT / 'tests').rglob('test_*.py')
    names = [path.name for path in modules if 'toy_plugin' not in path.parts]
    assert [name for name in sorted(set(names)) if names.count(name) > 1] == []


def test_nothing_is_imported_from_a_conftest():
    """Which of them Python finds depends on the folders that were collected before."""
    files = (path for path in (ROOT / 'tests').rglob('*.py') if path != Path(__file__))
    assert [
        str(path) for path in files if re.search(r'^(from|import) conftest\b', path.read_text(), re.MULTILINE)
    ] == []
