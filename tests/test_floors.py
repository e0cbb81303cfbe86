"""Imports run downward: between rooms by the floors of docs/architecture.md, and never in a circle."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = 'mtlbench'


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


MODULES = {module_name(path): path for path in sorted((ROOT / PACKAGE).rglob('*.py'))}


def imported(tree):
    """Yield the modules of the package that are imported anywhere in a file, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, 'this test does not read relative imports'
            for alias in node.names:
                yield from found(f'{node.module}.{alias.name}')
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from found(alias.name)


def found(name):
    """Return the longest beginning of a dotted name that is a module of the package, if any."""
    while name.split('.')[0] == PACKAGE and name not in MODULES:
        name = name.rpartition('.')[0]
    return [name] if name in MODULES else []


class WithoutTypeChecking(ast.NodeTransformer):
    """Drops what is imported for annotations alone."""

    def visit_If(self, node):
        return None if ast.unparse(node.test) == 'TYPE_CHECKING' else self.generic_visit(node)


TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}
IMPORTS = {name: sorted(set(imported(tree)) - {name, PACKAGE}) for name, tree in TREES.items()}


def room(name):
    return name.split('.')[1] if '.' in name else ''


def read_floors():
    """Return the floor of each room, from the table in docs/architecture.md."""
    rows = re.findall(r'^\| (\d+) \| (.+) \|$', (ROOT / 'docs/architecture.md').read_text(), re.MULTILINE)
    return {name: int(floor) for floor, rooms in rows for name in re.findall(r'`(\w+)`', rooms)}


def circle(graph):
    """Return a circle of a graph as text, or an empty string."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ' -> '.join(error.args[1])
    return ''


def test_every_room_has_a_floor():
    assert sorted(read_floors()) == sorted({room(name) for name in MODULES} - {''})


@pytest.mark.parametrize('name', [name for name in IMPORTS if room(name)])
def test_no_import_runs_upward(name):
    floors = read_floors()
    upward = [
        other for other in IMPORTS[name] if room(other) != room(name) and floors[room(other)] >= floors[room(name)]
    ]
    assert upward == []


def test_files_do_not_import_each_other_in_a_circle():
    # A package's face, its __init__.py, only hands names on: what counts is where they come from.
    faces = {name for name, path in MODULES.items() if path.name == '__init__.py'}
    trees = {name: WithoutTypeChecking().visit(tree) for name, tree in TREES.items() if name not in faces}
    assert circle({name: set(imported(tree)) - faces - {name} for name, tree in trees.items()}) == ''


@pytest.mark.parametrize('parent', sorted({name.rpartition('.')[0] for name in MODULES if name.count('.') > 1}))
def test_folders_beside_each_other_do_not_import_each_other_in_a_circle(parent):
    def inside(name):
        rest = name.removeprefix(f'{parent}.')
        part = rest.split('.')[0]
        return part if rest != name and (ROOT / parent.replace('.', '/') / part).is_dir() else None

    graph = {}
    for name, others in IMPORTS.items():
        if own := inside(name):
            graph.setdefault(own, set()).update({inside(other) for other in others} - {own, None})
    assert circle(graph) == ''


def test_a_circle_is_seen():
    assert circle({'a': {'b'}, 'b': {'c'}, 'c': {'a'}}).count('->') == 3
