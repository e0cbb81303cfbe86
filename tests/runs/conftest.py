"""Real runs of real tools, on a tiny data set in the genuine layout."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from forked import Run
from tiny_runs import OPTIONS, write_overlay, write_tiny_vkitti2

from mtlbench.utils.command import COMMANDS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope='session')
def tiny_vkitti2(tmp_path_factory):
    return write_tiny_vkitti2(tmp_path_factory.mktemp('data') / 'vkitti2')


@pytest.fixture(scope='session')
def overlay(tmp_path_factory):
    return write_overlay(tmp_path_factory.mktemp('overlay') / 'tiny.py')


def forked(folder, name, arguments, env, limit, before=None):
    """A tool at work in a fork of a process that has imported everything, until it ends."""
    with tempfile.NamedTemporaryFile() as output:
        run = Run(name, arguments, Path(folder), Path(output.name), {'OMP_NUM_THREADS': '1', **(env or {})}, before)
        status = run.wait(limit)
        if status is None:
            run.kill()
        printed = Path(output.name).read_text()
        assert status is not None, f'{name} did not end in {limit} s: {printed}'
        return subprocess.CompletedProcess([name, *arguments], status, printed)


@pytest.fixture(scope='session')
def tool_of():
    """Tools that are started in a folder: forked, but for those with a launcher and those that need not be awaited."""

    def in_folder(folder):
        def run(name, *arguments, launcher=(), wait=True, env=None, limit=600, before=None):
            if wait and not launcher:
                return forked(folder, name.replace('/', '.'), arguments, env, limit, before)
            command = [*(launcher or [sys.executable]), str(ROOT / 'tools' / f'{name}.py'), *map(str, arguments)]
            environment = {**os.environ, 'OMP_NUM_THREADS': '1', **(env or {})}
            options = dict(cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if not wait:
                return subprocess.Popen(command, start_new_session=True, **options)
            return subprocess.run(command, timeout=limit, **options)

        return run

    return in_folder


@pytest.fixture
def tool(tool_of, tmp_path):
    """Starts a tool as a user does; gives the finished process, or with ``wait=False`` the running one."""
    return tool_of(tmp_path)


@pytest.fixture
def train_arguments(train_arguments_of):
    """Arguments of a tiny training run."""
    return train_arguments_of


@pytest.fixture(scope='session')
def train_arguments_of(tiny_vkitti2, overlay):
    """The same for the whole session."""

    def build(config, work_dir, *more, data_root=None, **options):
        chosen = {**OPTIONS, **{key.replace('__', '.'): value for key, value in options.items()}}
        pairs = [f'{key}={value}' for key, value in chosen.items()]
        root = data_root or tiny_vkitti2
        where = ['--profile', overlay, '--data-root', root, '--work-dir', work_dir]
        return [config, *where, *more, '--cfg-options', *pairs]

    return build


@pytest.fixture
def typed(tool):
    """Runs a command line of a page."""

    def run(line):
        _, command, *arguments = shlex.split(line)
        done = tool(COMMANDS[command], *arguments)
        assert done.returncode == 0, f'{line}: {done.stdout}'
        return done.stdout

    return run
