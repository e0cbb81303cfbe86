"""The command ``mtlbench``, and the spelling of commands in messages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tool_parsers import ROOT, TOOLS, command_of

from mtlbench.cli import main as program
from mtlbench.utils import command


@pytest.fixture(autouse=True)
def started_as(monkeypatch):
    """Leave the variable as it was, though the code under test sets it."""
    monkeypatch.setenv(command.VARIABLE, 'mtlbench')


def run(*line, cwd=ROOT):
    environment = {key: value for key, value in os.environ.items() if key != command.VARIABLE}
    environment['PYTHONPATH'] = str(ROOT)
    return subprocess.run([*line], capture_output=True, text=True, cwd=cwd, env=environment, check=False)


def call(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, 'argv', ['/usr/bin/mtlbench', *arguments])
    with pytest.raises(SystemExit) as ended:
        program.main()
    return ended.value.code, capsys.readouterr()


def test_every_tool_is_a_command_with_a_summary():
    assert sorted(map(command_of, TOOLS)) == sorted(command.COMMANDS)
    shown = [name for commands in program.GROUPS.values() for name in commands]
    assert sorted(shown) == sorted({name.split()[0] for name in command.COMMANDS})


def test_the_program_lists_its_commands(monkeypatch, capsys):
    status, printed = call(monkeypatch, capsys, '--help')
    assert status == 0
    assert '  train       train a config and record its metrics' in printed.out
    assert call(monkeypatch, capsys)[0] == 2
    status, printed = call(monkeypatch, capsys, 'analyze', '--help')
    assert status == 0
    assert '  mtlbench analyze speed ...' in printed.out


def test_help_of_a_command(monkeypatch, capsys):
    status, printed = call(monkeypatch, capsys, 'help', 'browse')
    assert status == 0
    assert printed.out == call(monkeypatch, capsys, 'browse', '--help')[1].out
    assert 'Draw samples of a config or dataset' in printed.out
    assert call(monkeypatch, capsys, 'help')[1].out == call(monkeypatch, capsys, '--help')[1].out


def test_the_version(monkeypatch, capsys):
    from mtlbench import __version__

    assert call(monkeypatch, capsys, '--version')[1].out == f'mtlbench {__version__}\n'


@pytest.mark.parametrize(
    ('arguments', 'line'),
    [
        (['trian'], "error: there is no command 'trian'; did you mean train?; see mtlbench --help\n"),
        (
            ['analyze', 'sped'],
            "error: analyze: there is no measurement 'sped'; did you mean speed?; see mtlbench analyze --help\n",
        ),
        (
            ['train'],
            'error: the following arguments are required: config; see mtlbench train --help\n',
        ),
        (
            ['benchmark', 'list', 'no_such_suite'],
            "error: no suite 'no_such_suite'; See: mtlbench benchmark list\n",
        ),
    ],
)
def test_a_wrong_line_is_answered_with_the_command_as_typed(arguments, line, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, capsys, *arguments)[1].err == line


def test_arguments_reach_the_command(monkeypatch, capsys):
    status, printed = call(monkeypatch, capsys, 'modules', '--registry', 'balancer')
    assert status == 0
    assert 'FixedWeights' in printed.out


@pytest.mark.parametrize(
    ('script', 'shown'),
    [
        ('/usr/bin/mtlbench', 'mtlbench analyze speed X'),
        ('/lib/mtlbench/__main__.py', 'python -m mtlbench analyze speed X'),
        ('tools/train.py', 'python tools/analysis/speed.py X'),
        ('../tools/analysis/loading.py', 'python ../tools/analysis/speed.py X'),
        ('/lib/mtlbench/cli/train.py', 'mtlbench analyze speed X'),
        ('/home/me/train.py', 'mtlbench analyze speed X'),
    ],
)
def test_commands_are_shown_as_the_program_was_started(script, shown, monkeypatch):
    monkeypatch.setattr(sys, 'argv', [script])
    command.note_start()
    assert command.typed('analyze speed X') == shown
    assert command.as_typed(f'first, {shown}') == f'first, {shown}'


@pytest.mark.parametrize(
    ('started_as', 'shown'),
    [
        ('mtlbench', 'torchrun -m mtlbench train C'),
        ('python -m mtlbench', 'torchrun -m mtlbench train C'),
        ('tools', 'torchrun tools/train.py C'),
    ],
)
def test_a_launcher_gets_a_module_or_a_script(started_as, shown, monkeypatch):
    monkeypatch.setenv(command.VARIABLE, started_as)
    assert command.as_typed('torchrun -m mtlbench train C') == shown


def test_what_is_no_command_stays():
    text = 'mtlbench trains; a folder of mtlbench test-data; /x/mtlbench train'
    assert command.as_typed(text) == text


@pytest.mark.parametrize(
    ('line', 'hint'),
    [
        ([sys.executable, '-m', 'mtlbench', 'benchmark'], 'python -m mtlbench benchmark list'),
        ([sys.executable, 'tools/benchmark.py'], 'python tools/benchmark.py list'),
    ],
)
def test_a_started_program_names_itself(line, hint):
    done = run(*line, 'list', 'no_such_suite')
    assert done.returncode == 1
    assert done.stderr == f"error: no suite 'no_such_suite'; See: {hint}\n"


def test_the_package_declares_the_program():
    assert "'mtlbench = mtlbench.cli.main:main'" in Path(ROOT / 'setup.py').read_text()
