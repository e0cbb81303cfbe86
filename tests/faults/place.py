"""A folder in which one fault is planted: tiny data sets, a finished and an interrupted run, all ready when named."""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import tiny_runs
from forked import Run

TINY = """
rules = [
    *[dict(where=dict(type=kind), set=dict(size=(32, 64))) for kind in ('Resize', 'RandomCrop', 'Pad')],
    dict(where=dict(subset=372), set=dict(subset=0.5)),
    dict(where=dict(type='ResNetEncoder'), set=dict(depth=18, stages=2, output_stride=8, weights=None)),
    dict(where=dict(type='SkipDecoder'), set=dict(channels=(8, 8, 8, 8), aspp_channels=8, skip_channels=8)),
    *[dict(where=dict(type=kind), set=dict(channels=8)) for kind in ('DeepLabDecoder', 'PADNetDecoder', 'PSPDecoder')],
    dict(where=dict(type='ConvUpDecoder'), set=dict(channels=(8, 8, 8))),
    *[
        dict(where=dict(type=kind), set=dict(channels=(4, 8, 8, 8)))
        for kind in ('PatchDiscriminator', 'PixelDiscriminator')
    ],
    dict(where=dict(type='StreamTrainLoop'), set=dict(max_iters=6, val_interval=3, dynamic_intervals=None)),
    dict(where=dict(type='MultiStepLR'), set=dict(milestones=[3])),
    dict(where=dict(type='PolyLR'), set=dict(end=7)),
    dict(where=dict(type='AtomicCheckpointHook'), set=dict(interval=2)),
    dict(where=dict(sampler=dict(type='StreamSampler')), set=dict(batch_size=2)),
    dict(where=dict(persistent_workers=True), set=dict(num_workers=0, persistent_workers=False)),
]
"""
CONFIG = 'mtl/sd_vkitti2'
LAYOUTS = {path.stem.partition('_')[2] for path in Path(tiny_runs.__file__).parents[1].glob('datasets/layout_*.py')}
CUT_AFTER = 5
# A tiny run takes seconds, also on a busy machine; what has not ended by now never will.
LIMIT_S = 240.0


@dataclass(frozen=True)
class Output:
    """What came of a command.

    Args:
        status: Its exit status, -9 when it was killed, None when it did not end.
        text: All that it printed.
        before: Digests of the files of the place before it ran.
        command: For messages.
    """

    status: int | None
    text: str
    before: dict[str, str]
    command: str

    @property
    def last_line(self) -> str:
        """The last line that is not empty."""
        return next((line for line in reversed(self.text.splitlines()) if line.strip()), '')


@dataclass
class Place:
    """A temporary folder; commands run in it and name what it holds by relative paths.

    Ready as soon as a command or :meth:`__truediv__` names them: ``vkitti2`` and the other data sets, tiny, in the
    genuine layouts; ``finished``, the folder of a run of ``mtl/sd_vkitti2`` over 6 updates; ``interrupted``, the same
    run killed after update 5 (its newest checkpoint is of update 4); ``tiny.py``, the profile of both.

    Args:
        root: The folder, empty.
        templates: Where the two runs are kept for the next place; None while they are made.
    """

    root: Path
    templates: Path | None
    outputs: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / 'tiny.py').write_text(TINY)

    def __truediv__(self, name: str | Path) -> Path:
        """A path in the place; what it belongs to is made ready."""
        self.make_ready(str(name))
        return self.root / name

    def make_ready(self, argument: str) -> None:
        """Put the data set or the run there that an argument names, if it names one."""
        name = Path(argument).parts[0] if argument and not argument.startswith('/') else ''
        target = self.root / name
        if not name or target.exists():
            return
        if name in LAYOUTS:
            target.mkdir()
            _write_data(name, target)
        elif name in ('finished', 'interrupted') and self.templates:
            template = self.templates / name
            if not template.exists():
                _make_runs(self.templates)
            shutil.copytree(template, target)

    def start(
        self, tool: str, *arguments: str, env: dict[str, str] | None = None, before: Callable[[], None] | None = None
    ) -> Started:
        """Start a tool."""
        for argument in map(str, arguments):
            self.make_ready(argument)
        self.outputs += 1
        digests, output = self.digests(), self.root.parent / f'{self.root.name}.out{self.outputs}'
        run = Run(tool, tuple(map(str, arguments)), self.root, output, env, before)
        return Started(run, output, digests, ' '.join([tool, *map(str, arguments)]))

    def run(self, tool: str, *arguments: str, limit_s: float = LIMIT_S, **options: object) -> Output:
        """Run a tool to its end, or until the limit."""
        return self.start(tool, *arguments, **options).output(limit_s)  # type: ignore[arg-type]

    def digests(self) -> dict[str, str]:
        """What every file holds, by its path; of links, where they lead."""
        return {str(path.relative_to(self.root)): _digest(path) for path in _files(self.root)}


@dataclass(frozen=True)
class Started:
    """A command at work."""

    run: Run
    file: Path
    before: dict[str, str]
    command: str

    def output(self, limit_s: float = LIMIT_S) -> Output:
        """Wait for its end; what runs beyond the limit is killed."""
        status = self.run.wait(limit_s)
        if status is None:
            self.run.kill()
        text = self.file.read_text(errors='replace') if self.file.exists() else ''
        return Output(status, text, self.before, self.command)


def train_arguments(work_dir: str, config: str = CONFIG) -> list[str]:
    """The command line of a tiny run."""
    root = config.rpartition('_')[2] if config.rpartition('_')[2] in LAYOUTS else 'vkitti2'
    return [config, '--profile', 'tiny.py', '--data-root', root, '--work-dir', work_dir]


def die_after_update(update: int) -> None:
    """Let the trainer of this process kill itself, and its group, as soon as an update is done."""
    from mtlbench.engine.loops import StreamTrainLoop

    go_on = StreamTrainLoop.run_iter

    def run_iter(self: StreamTrainLoop, batch: dict) -> None:
        go_on(self, batch)
        if self._iter == update:
            os.killpg(0, signal.SIGKILL)

    StreamTrainLoop.run_iter = run_iter


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as listener:
        listener.bind(('localhost', 0))
        return listener.getsockname()[1]


def _make_runs(templates: Path) -> None:
    place = Place(templates / 'making', None)
    for name, before in (('finished', None), ('interrupted', partial(die_after_update, CUT_AFTER))):
        output = place.run('train', *train_arguments(name), before=before)
        expected = -signal.SIGKILL if before else 0
        assert output.status == expected, output.text
        (place.root / name).rename(templates / name)
    shutil.rmtree(place.root)


def _write_data(name: str, target: Path) -> None:
    if name == 'vkitti2':
        tiny_runs.write_tiny_vkitti2(target)
    else:
        importlib.import_module(f'layout_{name}').write(target)


def _files(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        else:
            yield Path(entry.path)


def _digest(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return f'link to {path.readlink()}' if path.is_symlink() else 'special'
    return hashlib.blake2b(path.read_bytes()).hexdigest()
