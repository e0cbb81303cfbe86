"""The commands of mtlbench, and their spelling as the user started the program.

Messages and examples contain commands in the form ``mtlbench train ...``. Before a user sees them, :func:`as_typed`
rewrites them to the form that this user types: ``mtlbench``, ``python -m mtlbench`` or the scripts in ``tools/``.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

VARIABLE = 'MTLBENCH_STARTED_AS'
"""Environment variable that child processes inherit: the program, or the folder of the scripts."""
PROGRAM, MODULE = 'mtlbench', 'python -m mtlbench'

COMMANDS: Mapping[str, str] = {
    'train': 'train',
    'test': 'test',
    'predict': 'predict',
    'robustness': 'test_robustness',
    'benchmark': 'benchmark',
    'render': 'render_world',
    'prepare': 'convert_isprs',
    'check': 'check_dataset',
    'browse': 'browse_dataset',
    'modules': 'list_modules',
    'config': 'print_config',
    'convert': 'convert_checkpoint',
    'export': 'export',
    'analyze speed': 'analysis/speed',
    'analyze loading': 'analysis/loading',
    'analyze balancers': 'analysis/balancers',
    'analyze exchange': 'analysis/exchange',
    'analyze affinity': 'analysis/affinity',
    'analyze orthogonal': 'analysis/orthogonal',
    'analyze attack': 'analysis/attack',
    'analyze mixers': 'analysis/mixers',
    'analyze features': 'analysis/feature_correlation',
}
"""The tool of each command: ``tools/<tool>.py`` is its script, and ``mtlbench.cli.<tool>`` its module."""


def module_of(command: str) -> str:
    """Return the module whose ``main`` runs a command."""
    return f'mtlbench.cli.{COMMANDS[command].replace("/", ".")}'


def typed(line: str) -> str:
    """Return a command line as the user types it.

    Args:
        line: Command with its arguments, without the program, such as ``train CONFIG --resume``.
    """
    return as_typed(f'{PROGRAM} {line}')


def as_typed(text: str) -> str:
    """Return a text with all commands ``mtlbench <command>`` rewritten to the form that the user types."""
    return _COMMAND.sub(_rewrite, text)


def note_start() -> None:
    """Remember how this process was started; a process started in another way keeps the form of its parent."""
    script = Path(sys.argv[0])
    tool = PurePosixPath(script.with_suffix('').as_posix())
    if script.stem == PROGRAM:
        os.environ[VARIABLE] = PROGRAM
    elif script.name == '__main__.py' and script.parent.name == PROGRAM:
        os.environ[VARIABLE] = MODULE
    for name in COMMANDS.values():
        parts = ('tools', *name.split('/'))
        if tool.parts[-len(parts) :] == parts:
            os.environ[VARIABLE] = tool.parents[len(parts) - 2].as_posix()


def _rewrite(found: re.Match[str]) -> str:
    after_m, command = found.groups()
    started_as = os.environ.get(VARIABLE, PROGRAM)
    if started_as in (PROGRAM, MODULE):
        return found[0] if after_m else f'{started_as} {command}'
    return f'{"" if after_m else "python "}{started_as}/{COMMANDS[command]}.py'


_COMMAND = re.compile(rf'(?<![\w/-])(-m )?{PROGRAM} ({"|".join(COMMANDS)})(?![\w-])')
