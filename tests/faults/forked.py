"""Runs the project's tools in forked processes: real ones, with an exit status and a group, in a tenth of a second.

A server that has imported everything once is forked for each command (``multiprocessing``'s ``forkserver``), so that
nothing of the process which asks is inherited. Its children run a tool as ``tools/NAME.py`` does.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# What the tools import when they work; a module that is not there is passed over.
PRELOADED = [
    'torch',
    'torchvision',
    'torch.utils.tensorboard',
    'matplotlib.pyplot',
    'mmengine.runner',
    'mmengine.visualization',
    'mmcv.transforms',
    'mmengine.utils.dl_utils.collect_env',
    'mtlbench.balancers',
    'tifffile',
    'mtlbench.datasets.transforms',
    'mtlbench.evaluation.multi_task',
    'matplotlib.backends.backend_agg',
    'PIL.JpegImagePlugin',
    'setuptools',
    'mtlbench.cli.train',
    'mtlbench.cli.benchmark',
    'mtlbench.engine.launch',
    'mtlbench.datasets.check',
    'mtlbench.models',
    'mtlbench.objectives',
    'forked',
]
_context = multiprocessing.get_context('forkserver')
_context.set_forkserver_preload(['__main__', *PRELOADED])


class Run:
    """A tool at work, in a process group of its own.

    Args:
        name: The tool, such as ``train`` or ``benchmark``; or ``module:function``.
        arguments: Its command line.
        folder: Where it runs.
        output: File that what it prints is added to.
        env: Further environment variables.
        before: Called in the new process before the tool; a function of a module, or a picklable object.
    """

    def __init__(
        self,
        name: str,
        arguments: tuple[str, ...],
        folder: Path,
        output: Path,
        env: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> None:
        request = (name, tuple(map(str, arguments)), str(folder), str(output), dict(env or {}), before)
        with _environment_of_the_server():
            self.process: Any = _context.Process(target=_serve, args=request)
            self.process.start()

    def wait(self, limit_s: float) -> int | None:
        """The exit status (``-9`` after SIGKILL), or None when it is still at work after the limit."""
        self.process.join(limit_s)
        return self.process.exitcode

    def signal(self, number: int) -> None:
        """Send a signal to the tool and all that it has started."""
        deadline = time.monotonic() + 10
        while self.process.exitcode is None:
            try:
                os.killpg(self.process.pid, number)
                return
            except ProcessLookupError:  # it has no group of its own yet
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.001)

    def kill_alone(self) -> None:
        """SIGKILL to the tool, not to what it has started."""
        self.process.kill()
        self.process.join()

    def kill(self) -> None:
        """SIGKILL to all of it, and wait for the end."""
        self.signal(signal.SIGKILL)
        self.process.join()


def start_server() -> None:
    """Let it import everything now, and not with the first run."""
    with _environment_of_the_server():
        process = _context.Process(target=os.getpid)
        process.start()
    process.join()


@contextlib.contextmanager
def _environment_of_the_server() -> Iterator[None]:
    """The server starts with the first run: it finds the modules that this process finds, and has one thread."""
    kept = dict(os.environ)
    os.environ.update(OMP_NUM_THREADS='1', PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _serve(
    name: str,
    arguments: tuple[str, ...],
    folder: str,
    output: str,
    environment: Mapping[str, str],
    before: Callable[[], None] | None,
) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests themselves run in the background
    multiprocessing.set_start_method(None, force=True)  # as in a process that nobody forked
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    _print_into(descriptor)
    os.chdir(folder)
    os.environ.update(environment)
    _run(name, arguments, before)


def _run(name: str, arguments: tuple[str, ...], before: Callable[[], None] | None = None) -> None:
    """What ``tools/NAME.py`` does."""
    from mtlbench.cli import arguments as shared

    sys.argv = [f'{name}.py', *arguments]
    module, _, function = name.partition(':')
    if not function:
        module, function = f'mtlbench.cli.{name}', 'main'
    # The formatter of config texts takes longer than all the rest of a tiny run.
    importlib.import_module('mmengine.config.config').FormatCode = lambda text, **options: (text, True)  # type: ignore[attr-defined]
    if name == 'benchmark':
        _fork_the_runs_of_benchmarks()
    if before is not None:
        before()
    shared.friendly(getattr(importlib.import_module(module), function))


def _print_into(descriptor: int) -> None:
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    sys.stdout, sys.stderr = (open(stream, 'w', buffering=1, closefd=False) for stream in (1, 2))  # noqa: SIM115


def _fork_the_runs_of_benchmarks() -> None:
    """A benchmark's children are forked as well, not started from nothing."""
    from mtlbench.scheduling import attempt

    attempt.subprocess = SimpleNamespace(**{**vars(subprocess), 'Popen': _ForkedPopen})  # type: ignore[attr-defined]


class _ForkedPopen:
    """As much of ``subprocess.Popen`` as a benchmark uses: ``[python, '-m', 'mtlbench.cli.NAME', ...]``."""

    def __init__(
        self, command: tuple[str, ...], *, stdout: Any, env: Mapping[str, str], pass_fds: list[int], **_: Any
    ) -> None:
        self.args, self.returncode = command, None
        sys.stdout.flush()
        self.pid = os.fork()
        if not self.pid:
            _be_child(command, stdout.fileno(), env, pass_fds)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        deadline = time.monotonic() + (timeout or 1e9)
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            time.sleep(0.005)
        return self.returncode

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def kill_alone(self) -> None:
        """SIGKILL to the tool, not to what it has started."""
        self.process.kill()
        self.process.join()

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


def _be_child(command: tuple[str, ...], output: int, env: Mapping[str, str], kept: list[int]) -> None:
    """Run a command as an interpreter of its own would: no descriptors but those handed on, default signals."""
    status = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        _print_into(output)
        for descriptor in [int(path.name) for path in Path('/proc/self/fd').iterdir()]:
            if descriptor > 2 and descriptor not in kept:
                with contextlib.suppress(OSError):  # the one that listed them
                    os.close(descriptor)
        os.environ.clear()
        os.environ.update(env)
        try:
            _run(command[2].rpartition('.')[2], command[3:])
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        multiprocessing.util._exit_function()  # ends the loaders' processes
    finally:
        sys.stdout.flush()
        os._exit(status)
