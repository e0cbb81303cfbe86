"""``mtlbench COMMAND ...``: run any command-line tool."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from mtlbench.cli.friendly import USAGE, friendly
from mtlbench.utils.choices import nearest_or_all
from mtlbench.utils.command import COMMANDS, PROGRAM, module_of, note_start, typed

GROUPS = {
    'Train and evaluate': {
        'train': 'train a config and record its metrics',
        'test': 'evaluate a trained network',
        'predict': 'predict all tasks for your own images',
        'robustness': 'evaluate under noise, attacks and corruptions',
        'convert': 'convert published weights',
        'export': 'write a trained network to files to share or deploy',
    },
    'Compare methods': {
        'benchmark': 'train the runs of a published table and print it',
    },
    'Data': {
        'check': 'find missing, damaged or implausible files of a dataset',
        'browse': 'draw the inputs of a network with their labels',
        'render': 'render a stand-in for a dataset',
        'prepare': 'cut aerial tiles into patches',
    },
    'Inspect': {
        'modules': 'list everything that a config can name',
        'config': 'print a composed config and the source of each value',
        'analyze': 'measure speed, memory, data loading and features',
    },
}
"""Commands and their summaries, by purpose."""
SEVERAL = sorted({command.split()[0] for command in COMMANDS if ' ' in command})
"""Commands that have commands of their own, such as ``analyze speed``."""


def main() -> None:
    """Run the command that the arguments name."""
    note_start()
    arguments = sys.argv[1:]
    if arguments[:1] == ['help'] and len(arguments) > 1:
        arguments = [*arguments[1:], '--help']
    command = _command(arguments)
    friendly(module_of(command), arguments[len(command.split()) :])


def _command(arguments: Sequence[str]) -> str:
    """Return the command that the arguments begin with; print the help, the version or an error if there is none."""
    first = arguments[0] if arguments else ''
    if first in ('', '-h', '--help', 'help'):
        _end(overview(), status=0 if first else USAGE)
    if first == '--version':
        from mtlbench import __version__

        _end(f'{PROGRAM} {__version__}', status=0)
    known = list(dict.fromkeys(name.split()[0] for name in COMMANDS))
    if first not in known:
        _reject(f"there is no command '{first}'{nearest_or_all(first, known)}", '')
    return _nested(first, arguments[1:]) if first in SEVERAL else first


def _nested(first: str, arguments: Sequence[str]) -> str:
    known = [name.split()[1] for name in COMMANDS if name.startswith(f'{first} ')]
    second = arguments[0] if arguments else ''
    if second in ('', '-h', '--help'):
        lines = [f'  {typed(f"{first} {name}")} ...' for name in known]
        _end('\n'.join([f'usage: {_program()} {first} MEASUREMENT ...', '', *lines]), status=0 if second else USAGE)
    if second not in known:
        _reject(f"{first}: there is no measurement '{second}'{nearest_or_all(second, known)}", f'{first} ')
    return f'{first} {second}'


def overview() -> str:
    """Return the help: every command with its summary."""
    lines = [f'usage: {_program()} COMMAND ...', '', 'Dense multi-task learning: train, compare and use networks.']
    for group, commands in GROUPS.items():
        lines += ['', f'{group}:', *(f'  {name:<12}{summary}' for name, summary in commands.items())]
    return '\n'.join([*lines, '', f'{_program()} COMMAND --help prints the options and examples of a command.'])


def _program() -> str:
    return typed('train').removesuffix(' train')


def _end(text: str, status: int) -> NoReturn:
    print(text)
    sys.exit(status)


def _reject(message: str, command: str) -> NoReturn:
    print(f'error: {message}; see {_program()} {command}--help', file=sys.stderr)
    sys.exit(USAGE)
