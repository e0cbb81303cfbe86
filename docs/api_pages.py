"""Pages that MkDocs adds to the site: contracts from their docstrings, the quickstart notebook and the changelog.

``hooks`` in ``mkdocs.yml`` names this file. The contracts are those of the table in ``architecture.md``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

DOCS = Path(__file__).parent
MODULES = (
    'mtlbench.config',
    'mtlbench.errors',
    'mtlbench.export',
    'mtlbench.inference',
    'mtlbench.leaderboard.suites',
    'mtlbench.testing',
)
"""Modules whose public classes and functions are all documented, beside the contracts."""
SECTION = re.compile(r'(Args|Attributes|Raises|Returns|Yields):')
WIDTH = 100
Function = ast.FunctionDef | ast.AsyncFunctionDef


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to those of the folder."""
    from mkdocs.structure.files import File

    changelog = (DOCS.parent / 'CHANGELOG.md').read_text(encoding='utf-8')
    quickstart = notebook_page(DOCS / 'quickstart.ipynb')
    for name, text in {**api_pages(), 'quickstart.md': quickstart, 'changelog.md': changelog}.items():
        files.append(File.generated(config, name, content=text))
    return files


def api_pages() -> dict[str, str]:
    """Return the pages by their path: one for each room of the package that has contracts."""
    members: dict[str, list[str]] = {}
    whole = [(module, name) for module in MODULES for name in public_names(module)]
    for module, name in [*contracts(), *whole]:
        members.setdefault(module.split('.')[1], []).append(member(module, name))
    return {f'api/{room}.md': '\n\n'.join([*introduction(room), *texts]) + '\n' for room, texts in members.items()}


def introduction(room: str) -> tuple[str, str]:
    """Return the title of a page, and the first paragraph of the room's docstring."""
    about = inspect.getdoc(importlib.import_module(f'mtlbench.{room}')) or ''
    return f'# mtlbench.{room}', inline(about.partition('\n\n')[0])


def contracts() -> list[tuple[str, str]]:
    """Return module and name of each contract in the table of ``architecture.md``."""
    section = (DOCS / 'architecture.md').read_text(encoding='utf-8').split('\n## Contracts\n')[1].split('\n## ')[0]
    rows = [line.split('|')[2] for line in section.splitlines() if line.startswith('|')]
    return [(name.rpartition('.')[0], name.rpartition('.')[2]) for name in re.findall(r'`([\w.]+)`', ' '.join(rows))]


def public_names(module: str) -> list[str]:
    """Return the classes and functions of ``__all__``, or those that the module defines, in their order."""
    found = importlib.import_module(module)
    own = [name for name, value in vars(found).items() if getattr(value, '__module__', '') == module]
    values = {name: getattr(found, name) for name in getattr(found, '__all__', own) if not name.startswith('_')}
    return [name for name, value in values.items() if inspect.isclass(value) or inspect.isfunction(value)]


def member(module: str, name: str) -> str:
    """Return the section on a class or a function.

    Raises:
        ValueError: When it has no docstring.
    """
    found = getattr(importlib.import_module(module), name)
    lines = [f'## {name}', f'`from {module} import {name}`']
    (tree,) = ast.parse(inspect.cleandoc('\n' + inspect.getsource(found))).body
    return '\n\n'.join([*lines, *(of_class(found, tree) if inspect.isclass(found) else of_function(tree))])


def of_class(cls: type, tree: ast.ClassDef) -> Iterator[str]:
    """Yield the parts of the section on a class: its head, docstring, documented attributes and methods."""
    own = {node.name: node for node in tree.body if isinstance(node, Function)}
    yield fence(f'class {signature(cls.__name__, own["__init__"])}' if '__init__' in own else head(tree))
    yield markdown(docstring(tree))
    yield from documented_attributes(tree)
    for name, node in own.items():
        if not name.startswith('_') or name == '__call__':
            yield f'### {cls.__name__}.{name}'
            yield from of_function(node)


def of_function(node: Function) -> Iterator[str]:
    """Yield signature and docstring of a function or method."""
    marks = [f'@{ast.unparse(mark)}\n' for mark in node.decorator_list]
    yield fence(''.join(marks) + f'def {signature(node.name, node)}')
    yield markdown(docstring(node))


def head(tree: ast.ClassDef) -> str:
    """Return the source of a class without an initializer of its own: its bases and fields."""
    fields = [node for node in tree.body if isinstance(node, ast.AnnAssign | ast.Assign)]
    bases = f'({", ".join(map(ast.unparse, tree.bases))})' if tree.bases else ''
    shown = [f'    {ast.unparse(node)}' for node in fields if not ast.unparse(node).startswith('_')]
    return '\n'.join([f'class {tree.name}{bases}:', *(shown or ['    ...'])])


def documented_attributes(tree: ast.ClassDef) -> Iterator[str]:
    """Yield the list of the attributes that have a docstring below them."""
    items = [
        f'- `{ast.unparse(node)}`: {inline(inspect.cleandoc(text.value.value))}'
        for node, text in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(node, ast.AnnAssign | ast.Assign)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    ]
    if items:
        yield '**Class attributes**'
        yield '\n'.join(items)


def signature(name: str, node: Function) -> str:
    """Return name, arguments and result, one argument a line where a single line is too long."""
    arguments = re.sub(r'^self(, )?', '', ast.unparse(node.args))
    result = f' -> {ast.unparse(node.returns)}' if node.returns and node.name != '__init__' else ''
    line = f'{name}({arguments}){result}'
    if len(line) <= WIDTH:
        return line
    parts = ast.parse(f'def f({arguments}): ...').body[0].args  # type: ignore[attr-defined]
    return f'{name}(\n' + ''.join(f'    {one},\n' for one in each_argument(parts)) + f'){result}'


def each_argument(arguments: ast.arguments) -> Iterator[str]:
    """Yield the source of each argument with its default."""
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + [*arguments.defaults]
    yield from (with_default(*pair) for pair in zip(plain, defaults, strict=True))
    if arguments.vararg or arguments.kwonlyargs:
        yield f'*{ast.unparse(arguments.vararg) if arguments.vararg else ""}'
    yield from (with_default(*pair) for pair in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    if arguments.kwarg:
        yield f'**{ast.unparse(arguments.kwarg)}'


def with_default(argument: ast.arg, default: ast.expr | None) -> str:
    """Return the source of an argument with its default."""
    return ast.unparse(argument) + (f' = {ast.unparse(default)}' if default else '')


def docstring(node: Function | ast.ClassDef) -> str:
    """Return the docstring; a class or function without one is an error of the build."""
    text = ast.get_docstring(node)
    if not text:
        raise ValueError(f'{node.name} has no docstring')
    return text


def markdown(text: str) -> str:
    """Return a docstring in Google style as Markdown: sections become lists, and examples blocks of Python."""
    blocks, section = [], ''
    text = re.sub(r'^(>>> (?:.+\n?)+)', lambda found: fence(found[1].rstrip()) + '\n', text, flags=re.MULTILINE)
    for line in re.sub(r'  # doctest: .*', '', text).splitlines():
        if found := SECTION.fullmatch(line):
            section = found[1]
            blocks.append(f'\n**{section}**\n')
        elif section and line.startswith('    '):
            blocks.append(entry(line[4:], section))
        else:
            blocks.append(inline(line))
    return '\n'.join(blocks)


def entry(line: str, section: str) -> str:
    """Return a line of a section: the first line of an entry begins an item, the other lines continue it."""
    name, colon, rest = line.partition(': ')
    if line.startswith(' ') or section in ('Returns', 'Yields') or not colon:
        return inline(f'    {line.strip()}' if section not in ('Returns', 'Yields') else line)
    return f'- `{name}`: {inline(rest)}'


def inline(text: str) -> str:
    """Return text with its references and literals as code."""
    return re.sub(r'``(.+?)``', r'`\1`', re.sub(r':\w+:`~?(.+?)`', r'`\1`', text))


def fence(code: str) -> str:
    """Return a block of Python."""
    return f'```python\n{code}\n```'


def notebook_page(path: Path) -> str:
    """Return a notebook as Markdown; cells with the magic ``%%sh`` become blocks of shell commands."""
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding='utf-8'))['cells']
    return '\n\n'.join(cell_text(cell['cell_type'], ''.join(cell['source'])) for cell in cells) + '\n'


def cell_text(kind: str, source: str) -> str:
    """Return a cell as Markdown."""
    if kind == 'markdown':
        return source
    return f'```sh\n{source.partition(chr(10))[2]}\n```' if source.startswith('%%sh') else fence(source)
