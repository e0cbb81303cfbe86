"""What is written is whole, and what killed processes left half-written goes."""

import os
import subprocess
import sys

import pytest

from mtlbench.utils.output import clear_half_written, half_written, hidden_folder, writable_folder, write_whole


@pytest.fixture
def dead():
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, '-c', ''])
    process.wait()
    return process.pid


def left_by(path, process):
    return path.with_name(half_written(path).name.replace(f'.{os.getpid()}.', f'.{process}.'))


def test_what_a_killed_process_left_goes_and_nothing_else(tmp_path, dead):
    file, folder = (left_by(tmp_path / name, dead) for name in ('record.json', '.report'))
    file.write_text('{')
    (folder / 'new').mkdir(parents=True)
    kept = [
        left_by(tmp_path / 'record.json', os.getppid()),  # of a process at work
        tmp_path / 'record.json.elsewhere.1.tmp',  # of another machine
        tmp_path / 'mine.tmp',
        tmp_path / 'record.json',
    ]
    for path in kept:
        path.write_text('kept')
    clear_half_written(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_tools_begin_with_a_clean_folder(tmp_path, dead):
    left_by(tmp_path / 'panel.png', dead).write_text('half')
    assert not list(writable_folder(tmp_path).iterdir())
    left_by(tmp_path / '.report', dead).mkdir()
    with hidden_folder(tmp_path / 'report') as folder:
        assert list(tmp_path.iterdir()) == [folder]
        assert folder.name.startswith('.')
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'record.json'
    write_whole(path, b'old')
    monkeypatch.setattr('os.fsync', lambda _: (_ for _ in ()).throw(OSError(28, 'No space left on device')))
    with pytest.raises(OSError, match='No space left') as caught:
        write_whole(path, b'new')
    assert caught.value.filename == str(path)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [('record.json', b'old')]
