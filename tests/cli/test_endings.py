"""Whatever ends a tool: one line, the right exit status, and nothing left behind."""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from endings import ROOT, end, members, start, wait_until
from torch.utils.data import DataLoader, Dataset

from mtlbench.cli.arguments import ToolParser
from mtlbench.cli.friendly import explain, friendly
from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import BALANCERS
from mtlbench.utils.output import write_whole


@pytest.fixture(autouse=True)
def hooks(monkeypatch):
    """What a tool sets for its process, put back."""
    monkeypatch.setattr(sys, 'unraisablehook', sys.unraisablehook)
    monkeypatch.setattr(logging, 'raiseExceptions', True)


PROC = pytest.mark.skipif(not Path('/proc/self/stat').exists(), reason='looks into /proc')
SIGNALS = [(signal.SIGINT, 130, 'interrupted; '), (signal.SIGTERM, 143, 'terminated; ')]
SPREAD = """
import functools, os, pathlib, sys, time
from mtlbench.cli.friendly import friendly
from mtlbench.utils.parallel import results_of

GO_ON = 'go on like this'

def work(folder, number):
    pathlib.Path(folder, str(number)).touch()
    time.sleep(60)

def main():
    list(results_of([functools.partial(work, sys.argv[1], number) for number in range(9)], jobs=2))

if __name__ == '__main__':
    friendly(main)
"""
LOAD = """
import pathlib, sys, time
from mtlbench.cli.friendly import friendly

def main():
    import torch
    class Slow(torch.utils.data.Dataset):
        def __len__(self):
            return 9
        def __getitem__(self, index):
            pathlib.Path(sys.argv[1], str(index)).touch()
            time.sleep(60 if index else 0)
            return index
    for _ in torch.utils.data.DataLoader(Slow(), num_workers=2, batch_size=None):
        pass

if __name__ == '__main__':
    friendly(main)
"""


@PROC
@pytest.mark.parametrize(('number', 'status', 'line'), SIGNALS)
@pytest.mark.parametrize('group', [True, False], ids=['group', 'parent'])
@pytest.mark.parametrize('program', [SPREAD, LOAD], ids=['pool', 'loaders'])
def test_a_signal_ends_a_tool_and_its_processes_with_one_line(tmp_path, number, status, line, group, program):
    script, started = tmp_path / 'tool.py', tmp_path / 'started'
    script.write_text(program)
    started.mkdir()
    process = start([script, started])
    assert wait_until(lambda: len(list(started.iterdir())) > 1)
    found, lines = end(process, number, group)
    assert found == status
    go_on = 'go on like this' if program is SPREAD else 'run it again'
    assert lines == [line + go_on]
    assert wait_until(lambda: not members(process.pid), 10)


@PROC
def test_processes_that_are_still_starting_say_nothing(tmp_path):
    script = tmp_path / 'tool.py'
    script.write_text(SPREAD)
    process = start([script, tmp_path])
    assert wait_until(lambda: len(members(process.pid)) > 2)
    assert end(process, signal.SIGINT) == (130, ['interrupted; go on like this'])


def test_an_interruption_while_a_tool_is_imported_is_one_line(tmp_path):
    (tmp_path / 'slow_tool.py').write_text("open('importing', 'w').close()\nimport time\ntime.sleep(60)\n")
    program = "from mtlbench.cli.friendly import friendly\nfriendly('slow_tool')"
    process = start(['-c', program], cwd=tmp_path)
    assert wait_until((tmp_path / 'importing').exists)
    assert end(process, signal.SIGINT) == (130, ['interrupted; run it again'])


@PROC
def test_an_interrupted_rendering_leaves_whole_files_and_goes_on(tmp_path):
    arguments = [ROOT / 'tools' / 'render_world.py', 'vkitti2', '--out', tmp_path / 'w', '--frames', '40']
    process = start([*arguments, '--size', '48x16', '--jobs', '2'])
    assert wait_until(lambda: list(tmp_path.rglob('*.jpg')), 120)
    status, lines = end(process, signal.SIGINT)
    assert (status, lines[-1]) == (130, 'interrupted; run the same command to continue')
    assert not [line for line in lines if 'Traceback' in line or 'Error' in line]
    assert wait_until(lambda: not members(process.pid), 10)
    assert not list(tmp_path.rglob('*.tmp'))


class Broken(Dataset):
    """Raises in the loader's process."""

    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise self.error


def raised(error):
    """The error as a loader's worker hands it on."""
    with pytest.raises(Exception) as caught:
        next(iter(DataLoader(Broken(error), num_workers=1)))
    return caught.value


def out_of_memory():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(10**15)
    return caught.value


def numpy_out_of_memory():
    with pytest.raises(MemoryError) as caught:
        np.empty(10**16)
    return caught.value


@pytest.mark.parametrize(
    ('make', 'status', 'line'),
    [
        (lambda: ConfigError('one\n  two'), 1, 'one two'),
        (lambda: raised(DataError('frame 7 is\ndamaged')), 1, 'frame 7 is damaged'),
        (lambda: raised(OSError(errno.EIO, 'I/O error', 'x.png')), 1, "OSError: [Errno 5] I/O error: 'x.png'"),
        (lambda: OSError(errno.ENOSPC, 'No space left on device'), 1, 'No space left on device; the disk is full'),
        (
            lambda: FileNotFoundError(errno.ENOENT, 'No such file or directory', 'a/b'),
            1,
            'a/b: No such file or directory; check the path',
        ),
        (lambda: OSError(errno.ENAMETOOLONG, 'File name too long', b'x'), 1, 'x: File name too long; use a shorter'),
        (out_of_memory, 1, 'out of memory: use a smaller batch'),
        (numpy_out_of_memory, 1, 'out of memory: use a smaller batch'),
        (MemoryError, 1, 'out of memory'),
        (lambda: RuntimeError('DataLoader worker (pid(s) 12) exited unexpectedly'), 1, 'a data loader process was'),
        (
            lambda: RuntimeError('[enforce fail] PytorchStreamWriter failed writing file'),
            1,
            'a checkpoint could not be',
        ),
        (lambda: RecursionError('maximum recursion depth exceeded'), 1, 'a value is nested too deeply'),
        (lambda: raised(KeyError('alpha')), 70, 'KeyError: '),
        (lambda: ValueError('a' * 9999 + '\nb'), 70, 'ValueError: aaa'),
        (AssertionError, 70, 'AssertionError: AssertionError; this is a bug'),
    ],
)
def test_every_error_is_one_line_with_its_status(make, status, line, capsys):
    error = make()
    found, said = explain(error)
    assert found == status
    assert said.startswith(line)
    assert ('please report it' in said) == (status == 70)
    assert '\n' not in said
    assert len(said) < 1200

    def tool():
        raise error

    with pytest.raises(SystemExit) as ended:
        friendly(tool)
    assert ended.value.code == status
    assert capsys.readouterr().err.count('\n') == 1


def test_an_error_of_a_plugin_is_no_bug_of_mtlbench(monkeypatch):
    """It belongs to the package of the registered class, also where a library that the class called raised it."""
    names = {'__name__': 'somebody.parts'}
    exec('class Mine:\n    def forward(self, values):\n        return sorted(values)', names)  # noqa: S102 - of this file
    monkeypatch.setitem(BALANCERS.module_dict, 'Mine', names['Mine'])
    for call, status in ((lambda: names['Mine']().forward([1, 'a']), 1), (lambda: sorted([1, 'a']), 70)):
        with pytest.raises(TypeError) as caught:
            call()
        found, said = explain(caught.value)
        assert found == status
        assert ("it was raised in a class of 'somebody'" in said) == (status == 1)
        assert ('please report it' in said) == (status == 70)


def test_control_characters_do_not_reach_the_terminal(capsys):
    def tool():
        raise ConfigError('a\x1b[2Jb\rc')

    with pytest.raises(SystemExit):
        friendly(tool)
    assert capsys.readouterr().err == 'error: a\\x1b[2Jb c\n'


def test_debug_shows_the_traceback_and_keeps_the_status(capsys, monkeypatch):
    monkeypatch.setenv('MTLBENCH_TRACEBACK', '')

    def tool():
        ToolParser(prog='tool').parse_args(['--debug'])
        raise ConfigError('wrong')

    with pytest.raises(SystemExit) as ended:
        friendly(tool)
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert 'Traceback (most recent call last)' in said
    assert said.endswith('error: wrong\n')


@pytest.mark.parametrize(
    ('command', 'status', 'said'),
    [
        ('{tool} | head -c 1 > /dev/null; echo ${{PIPESTATUS[0]}}', '141', ''),
        ('{tool} > /dev/full; echo $?', '1', 'error: No space left on device; the disk is full'),
        ('{tool} >&-; echo $?', '0', ''),
    ],
)
def test_an_output_that_is_gone_or_full_leaves_no_traceback(command, status, said):
    tool = f'{sys.executable} -c "from mtlbench.cli.friendly import friendly; friendly(lambda: print(\'x\' * 10**6))"'
    done = subprocess.run(['bash', '-c', command.format(tool=tool)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == status
    assert done.stderr.startswith(said)
    assert done.stderr.count('\n') == bool(said)


def test_what_cannot_be_written_to_the_end_is_named_and_not_left(tmp_path, monkeypatch, capsys):
    (tmp_path / 'x.json').write_text('old')

    def full(_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(SystemExit) as ended:
        friendly(lambda: write_whole(tmp_path / 'x.json', b'new'))
    assert ended.value.code == 1
    assert f'error: {tmp_path / "x.json"}: No space left on device; the disk is full' in capsys.readouterr().err
    assert [path.read_text() for path in tmp_path.iterdir()] == ['old']


def test_a_terminal_that_knows_few_characters_gets_what_it_can_show():
    program = "from mtlbench.cli.friendly import friendly; friendly(lambda: print('\\u00b1 \\udcff'))"
    environment = {**os.environ, 'PYTHONIOENCODING': 'ascii'}
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (0, '\\xb1 \\udcff\n')


def test_a_status_of_the_tool_itself_is_kept():
    def tool():
        sys.exit(1)

    with pytest.raises(SystemExit) as ended:
        friendly(tool)
    assert ended.value.code == 1
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write anywhere')
def test_a_folder_without_permission_is_named(tmp_path, capsys):
    (tmp_path / 'closed').mkdir(mode=0o500)

    def tool():
        (tmp_path / 'closed' / 'new').mkdir()

    with pytest.raises(SystemExit):
        friendly(tool)
    assert f'{tmp_path / "closed" / "new"}: Permission denied; permission is missing' in capsys.readouterr().err
