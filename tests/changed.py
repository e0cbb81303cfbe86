"""Prints the test files that the changes since a commit touch: ``python tests/changed.py [COMMIT]`` (default: main).

A test file is touched when it, or anything that it imports, has changed. What is found by its name in a registry
is imported by nobody; so the tests in the folder of a changed room are touched, too. Files of other folders, such as
configs, touch the tests that name their folder. Changes of the set-up touch all tests, and any change those that read
all files.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SET_UP = {'pyproject.toml', 'setup.py', 'Makefile'}
READ_ALL = ('tests/docs/', 'tests/test_floors.py')


def changed_files(commit: str) -> set[str]:
    """Return what differs from the newest common ancestor with a commit, and what git does not track yet."""
    base = _git('merge-base', 'HEAD', commit) or ['HEAD']
    return {*_git('diff', '--name-only', base[0]), *_git('ls-files', '--others', '--exclude-standard')}


def touched(changed: Iterable[str]) -> list[str]:
    """Return the test files that changes of these files touch, all paths relative to the checkout."""
    changed, tests = set(changed), test_files()
    if changed & SET_UP:
        return tests
    return [
        test
        for test in tests
        if changed and (dependencies(test) & changed or any(_concerns(file, test) for file in changed))
    ]


def test_files() -> list[str]:
    """Return all test files."""
    return [name for name in sources() if _is_test(name)]


@cache
def sources() -> dict[str, str]:
    """Return the text of the Python files of package, tools and tests by their paths."""
    paths = [path for folder in ('mtlbench', 'tools', 'tests') for path in sorted((ROOT / folder).rglob('*.py'))]
    return {str(path.relative_to(ROOT)): path.read_text(encoding='utf-8') for path in paths}


@cache
def dependencies(file: str) -> set[str]:
    """Return a file and all that it imports, directly or not."""
    found, ahead = set(), [file]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += imports(one)
    return found


@cache
def imports(file: str) -> list[str]:
    """Return the files that a file imports anywhere; of a test, also each ``conftest.py`` of its folder and above."""
    found = {other for name in _imported_names(file) for other in _files_of(name)}
    if _is_test(file):
        found |= {str(folder / 'conftest.py') for folder in Path(file).parents} & sources().keys()
    return sorted(found - {file})


def _is_test(file: str) -> bool:
    return file.startswith('tests/') and Path(file).name.startswith('test_')


def _concerns(file: str, test: str) -> bool:
    """Return whether a change of a file touches a test that does not import it."""
    if test.startswith(READ_ALL):
        return True
    folder, _, rest = file.partition('/')
    if folder == 'mtlbench':
        return test.startswith(f'tests/{rest.split("/")[0].removesuffix(".py")}/')
    return folder != 'tests' and re.search(rf'\b{re.escape(folder)}\b', sources()[test]) is not None


def _imported_names(file: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(sources()[file])):
        if isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{alias.name}' for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and file.startswith(
            ('tests/', 'tools/')
        ):  # a module that is imported by its name
            yield from re.findall(r'^mtlbench(?:\.\w+)+$', str(node.value))


def _files_of(name: str) -> set[str]:
    """Return the file of an imported module or member; of a member that a package hands on, also where it is from."""
    if not name.startswith('mtlbench'):
        stem = f'{name.split(".")[0]}.py'  # tests and tools import their helpers by their names alone
        return {path for path in sources() if path.startswith(('tests/', 'tools/')) and path.endswith(f'/{stem}')}
    parent, _, member = name.rpartition('.')
    if file := _module(name):
        return {file}
    file = _module(parent)
    return {file} | _origin(file, member) if file else _files_of(parent) if parent else set()


@cache
def _origin(package: str, member: str) -> set[str]:
    lines = [node for node in ast.parse(sources()[package]).body if isinstance(node, ast.ImportFrom)]
    names = [f'{line.module}.{alias.name}' for line in lines for alias in line.names]
    return {file for name in names if name.endswith(f'.{member}') for file in _files_of(name)}


def _module(name: str) -> str | None:
    path = name.replace('.', '/')
    return next((file for file in (f'{path}.py', f'{path}/__init__.py') if file in sources()), None)


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(['git', *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.split()


if __name__ == '__main__':
    sys.stdout.write('\n'.join(touched(changed_files(sys.argv[1] if len(sys.argv) > 1 else 'main'))))
