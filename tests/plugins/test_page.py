"""The package that the page on plugins shows works, with its tests, in a folder of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_plugin import install, run

PAGE = Path(__file__).parents[2] / 'docs' / 'plugins.md'
FILES = ('pyproject.toml', 'my_package/modules.py', 'tests/test_my_package.py')


@pytest.fixture
def package(tmp_path):
    """The files of the page."""
    for block in re.findall(r'```\w+\n(.*?)```', PAGE.read_text(), re.DOTALL):
        name = block.splitlines()[0].removeprefix('# ')
        if name in FILES:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(block)
    (tmp_path / 'my_package/__init__.py').touch()
    assert all((tmp_path / name).is_file() for name in FILES)
    return tmp_path


def test_the_package_of_the_page_passes_its_own_tests(package, tmp_path_factory):
    site = install(package, tmp_path_factory.mktemp('site'))
    elsewhere = tmp_path_factory.mktemp('elsewhere')
    shown = run('-m', 'pytest', '-q', '-p', 'no:cacheprovider', str(package / 'tests'), path=site, cwd=elsewhere)
    assert re.search(r'^\d+ passed', shown, re.MULTILINE) and int(re.search(r'(\d+) passed', shown)[1]) > 40
    members = run('-m', 'mtlbench', 'modules', '--registry', 'exchange', path=site, cwd=elsewhere)
    assert 'MyExchange' in members and 'my_package.modules' in members
