"""The tools, and the parsers of their arguments."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = sorted(path.relative_to(ROOT) for path in (ROOT / 'tools').rglob('*.py'))


def parser_of(tool, monkeypatch):
    """The parser of a tool, wherever its code is."""
    with contextlib.suppress(ModuleNotFoundError):
        return importlib.import_module(f'mtlbench.cli.{tool.stem}').build_parser()
    monkeypatch.syspath_prepend(str((ROOT / tool).parent))
    spec = importlib.util.spec_from_file_location(f'tool_{tool.stem}', ROOT / tool)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build_parser()


def parsers_in(parser):
    """A parser and those of its commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()
