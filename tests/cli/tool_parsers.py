"""The tools, and the parsers of their arguments."""

from __future__ import annotations

import argparse
import importlib
import re
from pathlib import Path

from mtlbench.utils.command import COMMANDS

ROOT = Path(__file__).parents[2]
TOOLS = sorted(path.relative_to(ROOT) for path in (ROOT / 'tools').rglob('*.py'))


def parser_of(tool):
    """The parser of a tool, from the module that its thin file names."""
    (name,) = re.findall(r"friendly\('([\w.]+)'\)", (ROOT / tool).read_text())
    return importlib.import_module(name).build_parser()


def command_of(tool):
    """The command that a tool is."""
    return {f'tools/{path}.py': command for command, path in COMMANDS.items()}[tool.as_posix()]


def parsers_in(parser):
    """A parser and those of its commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()
