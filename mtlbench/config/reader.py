"""Reading of config files, with one-line errors that name file and line."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml
from mmengine.config import Config
from mmengine.fileio.handlers import yaml_handler

from mtlbench.config.files import config_dir
from mtlbench.errors import ConfigError
from mtlbench.utils.quiet import quietly

SUFFIXES = ('.py', '.json', '.yaml', '.yml')
PLACEHOLDER = re.compile(r'\{\{.*?\}\}')
VARIABLE = re.compile(r'\{\{[\'"]?\s*\$(\w+)')
UNSAFE = re.compile(r'[\'"\\{}\n\r]')

OWN = 'mtlbench::'
"""Prefix of paths of bases that are relative to the configs of this package."""

# A config in yaml is data; the loader that mmengine takes would build any object, or call any function, that it names.
yaml_handler.Loader = yaml.SafeLoader


def read_config(path: Path) -> Config:
    """Read the config in a file, with its bases.

    Raises:
        ConfigError: When the file or one of its bases is unreadable; the message names file and line.
    """
    files = dict(_chain(path, ()))
    try:
        with quietly(), _literal_variables(files.values()):
            cfg = Config.fromfile(path)
            _import_all(cfg._cfg_dict)
            return cfg
    except Exception as error:  # a config is a program, which may raise anything
        where = _last_line(error.__traceback__, files) or str(path)
        raise ConfigError(f'config {where} cannot be read: {_reason(error)}') from error


def read_overlay(path: Path) -> tuple[Any, list[dict[str, Any]]]:
    """Return the scale of an overlay, None without one, and its rules; see :mod:`mtlbench.config.overlay`.

    Raises:
        ConfigError: When the file is unreadable, or holds neither.
    """
    overlay = read_config(path)
    scale = overlay.get('scale')
    rules = overlay.get('rules', [] if scale is not None else None)
    if not isinstance(rules, list | tuple):
        raise ConfigError(f'overlay {path}: expected a list rules = [dict(where=..., set=...), ...], got {rules!r:.80}')
    for number, rule in enumerate(rules):
        well = isinstance(rule, dict) and set(rule) <= {'where', 'set'} and isinstance(rule.get('set'), dict)
        if not well or not isinstance(rule.get('where') or {}, dict):
            raise ConfigError(
                f'overlay {path}: rules[{number}] is {rule!r:.80}, expected dict(where=dict(...), set=dict(...)), '
                'or without where'
            )
    return scale, list(rules)


def texts_of(path: Path) -> list[tuple[Path, str]]:
    """Return the text of a config file and of all its bases, each before its own bases.

    Raises:
        ConfigError: When one cannot be read.
    """
    return [(Path(name), text) for name, text in _chain(path, ())]


def _chain(path: Path, above: tuple[Path, ...]) -> Iterator[tuple[str, str]]:
    """Return the texts of a config file and of all its bases by path."""
    if path in above:
        circle = ' -> '.join(str(one) for one in (*above[above.index(path) :], path))
        raise ConfigError(f'config {above[0]} is its own base: {circle}; remove one of these from its _base_')
    text = _text(path, above)
    yield str(path), text
    for base in _bases(path, text):
        if base.startswith(OWN) or '::' not in base:  # other packages are left to mmengine
            yield from _chain(Path(_base_path(base, str(path))[0]).resolve(), (*above, path))


_path_of_mmengine = Config._get_cfg_path


def _base_path(base: str, filename: str) -> tuple[str, str | None]:
    """Return the path of a base, and its scope if it belongs to another package; see mmengine's function."""
    if base.startswith(OWN):
        return str(config_dir() / base.removeprefix(OWN)), None
    path, scope = _path_of_mmengine(base, filename)
    return path, scope


Config._get_cfg_path = staticmethod(_base_path)


def _text(path: Path, above: Sequence[Path]) -> str:
    asked = f', a base of {above[-1]},' if above else ''
    if path.suffix not in SUFFIXES:
        raise ConfigError(f'config {path}{asked} is no config: expected a file that ends in {", ".join(SUFFIXES)}')
    try:
        return path.read_text(encoding='utf-8')
    except UnicodeDecodeError as error:
        raise ConfigError(f'config {path}{asked} is not text: {error}') from error
    except OSError as error:
        raise ConfigError(f'config {path}{asked} cannot be read: {error.strerror}') from error


def _bases(path: Path, text: str) -> list[str]:
    """Return the bases that a config names.

    Raises:
        ConfigError: When its text cannot be parsed; the message names the line.
    """
    try:
        found = _python_bases(text) if path.suffix == '.py' else _plain_bases(path)
    except SyntaxError as error:
        raise ConfigError(f'config {path}, line {error.lineno}, cannot be read: {error.msg}') from error
    except Exception as error:  # the parsers of yaml and json have errors of their own
        raise ConfigError(f'config {path} cannot be read: {_reason(error)}') from error
    bases = [found] if isinstance(found, str) else found
    if not isinstance(bases, list | tuple) or not all(isinstance(base, str) for base in bases):
        raise ConfigError(f'config {path}: _base_ is {bases!r:.80}, expected the path of a config, or several')
    return list(bases)


def _python_bases(text: str) -> Any:
    for node in ast.parse(PLACEHOLDER.sub('0', text)).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == '_base_':
            try:
                return ast.literal_eval(node.value)
            except ValueError:  # computed: mmengine evaluates it
                return []
    return []


def _plain_bases(path: Path) -> Any:
    import mmengine

    content = mmengine.load(path)
    if not isinstance(content, dict):
        raise TypeError(f'expected keys and values, got {content!r:.80}')
    return content.get('_base_', [])


def _import_all(value: Any) -> None:
    """Import objects that a config only names, which mmengine does on first access."""
    if isinstance(value, dict):
        value = list(value.values())
    for item in value if isinstance(value, list | tuple) else ():
        _import_all(item)


@contextmanager
def _literal_variables(texts: Any) -> Iterator[None]:
    """Escape the environment variables that configs name, so that any value is safe in a quoted string.

    mmengine inserts their values into the text before parsing it.
    """
    named = {name for text in texts for name in VARIABLE.findall(text)} & set(os.environ)
    changed = {name: os.environ[name] for name in named if UNSAFE.search(os.environ[name])}
    # The value passes through a template of re.sub first, where a backslash is written twice.
    os.environ.update({name: UNSAFE.sub(_escape, value) for name, value in changed.items()})
    try:
        yield
    finally:
        os.environ.update(changed)


def _escape(match: re.Match[str]) -> str:
    return f'\\\\u{ord(match[0]):04x}'


def _last_line(trace: TracebackType | None, files: dict[str, str]) -> str | None:
    """Return the innermost line of a config file in the traceback."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in files:
            found = f'{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno},'
        trace = trace.tb_next
    return found


def _reason(error: Exception) -> str:
    return f'{type(error).__name__}: {" ".join(str(error).split())}'
