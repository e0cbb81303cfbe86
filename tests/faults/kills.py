"""Work that is killed at random moments, gone on with, and compared with the same work left alone."""

from __future__ import annotations

import fnmatch
import json
import random
import shutil
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import tiny_runs
import torch
from forked import start_server
from place import LIMIT_S, Output, Place, Started, free_port
from watch import PASSED_OVER, Watch, read_trace

SAME, DIFFERS, LOST, HANG, LEFT = 'bit-equal', 'differs', 'lost', 'hang', 'left over'
KILL_VERDICTS = (DIFFERS, LOST, HANG, LEFT, SAME)
OUT = 'out'
# What two runs of one experiment may differ in: when, how long, how much memory; so a file that holds these, too.
OWN = {'created', 'step_time_s', 'peak_memory_mb', 'git_commit', 'exported', 'imported', 'checkpoint_digest'}
TIMES = {'time', 'data_time', 'memory', 'eta'}
STATE = ('state_dict', 'optimizer', 'param_schedulers')
NO_CONTENT = ('*.log', '*/vis_data/*', '*.lock', '*_*.py', '*/20*_*/20*_*.json')

Command = tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """Something that is begun, killed, and begun again with the same command.

    Args:
        name: In a few words.
        commands: A tool and its arguments; several are the processes of one run. It writes into the folder ``out``.
        env: Of each.
        prepare: Makes what it needs beforehand.
        alone: Whether only the first process may be killed as well, and its children go on.
        printed: Whether what it prints belongs to what it gives.
        brief: Whether a short test shall kill it, too.
        refuses: Words of the refusal when it was killed after all was done.
    """

    name: str
    commands: tuple[Command, ...]
    env: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Place], None] = lambda place: None
    alone: bool = False
    printed: bool = False
    brief: bool = False
    refuses: str = ''

    def __str__(self) -> str:
        return self.name


@dataclass
class Ground:
    """A place prepared for some work, and what the work left alone gives there."""

    work: Work
    place: Place
    seconds: float = 0.0
    changes: int = 0
    content: dict[str, Any] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Work, place: Place) -> Ground:
        """Prepare, and let it run once."""
        ground = cls(work, place)
        work.prepare(place)
        for argument in work.commands[0]:
            place.make_ready(argument)
        start_server()
        ground.others = ground._others()
        start = time.monotonic()
        (output, *_) = ground._finish(ground._start([Watch(str(place.root), ground._trace(0))]))
        assert output.status == 0, output.text
        ground.seconds = time.monotonic() - start
        ground.changes, _ = read_trace(Path(ground._trace(0)))
        ground.content = ground._given(output)
        return ground

    def kill(self, generator: random.Random, times: int = 1) -> tuple[str, str]:
        """Kill it some times and let it end; the verdict, and what was done and seen."""
        story = self._killed(generator, times)
        outputs = self._finish(self._start())
        # A benchmark killed alone leaves a run at work; the same command is given until nothing is left to do.
        for _ in range(20):
            if 'elsewhere' not in outputs[0].text:
                break
            time.sleep(0.2)
            outputs = self._finish(self._start())
        verdict, why = self._judge(outputs)
        shown = '' if verdict == SAME else '\n' + '\n'.join(outputs[0].text.splitlines()[-15:])
        return verdict, f'{"; ".join(story)}: {verdict} {why}{shown}'

    def _killed(self, generator: random.Random, times: int) -> list[str]:
        """Kill it so many times, or as often as there is something left to kill; what was done."""
        self._clean()
        story: list[str] = []
        for _ in range(10 * times):
            done, killed = self._killed_once(generator)
            if killed:
                story.append(done)
            if len(story) == times or (story and not killed):
                break
            if not killed:
                self._clean()
        return story

    def _clean(self) -> None:
        """Take away all that the work has left behind."""
        shutil.rmtree(self.place.root / OUT, ignore_errors=True)
        for path in self._others().keys() - self.others.keys():
            (self.place.root / path).unlink()

    def _killed_once(self, generator: random.Random) -> tuple[str, bool]:
        """Start it and kill it; what was done, and whether it was still at work."""
        at_change = generator.random() < 0.6 and self.changes > 0
        number = generator.randint(1, self.changes) if at_change else 0
        delay = generator.choice([0.0, 0.0, generator.uniform(0.0, 0.006)])
        moment = generator.uniform(0.02, 1.0) * self.seconds
        alone = self.work.alone and generator.random() < 0.5
        watches: list[Watch | None] = [None] * len(self.work.commands)
        rank = generator.randrange(len(watches))
        watches[rank] = Watch(str(self.place.root), self._trace(rank), number, delay)
        Path(self._trace(rank)).unlink(missing_ok=True)
        started = self._start(watches)
        deadline = time.monotonic() + (LIMIT_S if at_change else moment)
        at_work = True
        while time.monotonic() < deadline and at_work:
            at_work = all(one.run.wait(0.003) is None for one in started)
        for one in started:
            if alone and one.run.wait(0) is None:
                one.run.kill_alone()
            else:
                one.run.kill()
        killed = any(one.run.wait(0) == -9 for one in started)
        _, last = read_trace(Path(self._trace(rank)))
        how = f'at change {number} + {delay * 1000:.1f} ms' if at_change else f'after {moment:.2f} s'
        return f'killed {how}{" alone" if alone else ""} ({last})' if killed else f'not killed {how}', killed

    def _trace(self, rank: int) -> str:
        return f'{self.place.root}.trace{rank}'

    def _start(self, watches: Sequence[Watch | None] = ()) -> list[Started]:
        env = dict(self.work.env)
        if len(self.work.commands) > 1:
            env |= {'MASTER_ADDR': 'localhost', 'MASTER_PORT': str(free_port())}
            env |= {'WORLD_SIZE': str(len(self.work.commands))}
        return [
            self.place.start(*command, env={**env, 'RANK': str(rank), 'LOCAL_RANK': str(rank)}, before=watch)
            for rank, (command, watch) in enumerate(zip_longest(self.work.commands, watches))
        ]

    def _finish(self, started: Sequence[Started]) -> list[Output]:
        return [one.output() for one in started]

    def _judge(self, outputs: Sequence[Output]) -> tuple[str, str]:
        if any(output.status is None for output in outputs):
            return HANG, 'it did not end'
        refused = self.work.refuses and self.work.refuses in outputs[0].last_line
        if any(output.status for output in outputs) and not refused:
            return LOST, f'exit status {[output.status for output in outputs]}'
        others = self._others()
        changed = [path for path, digest in self.others.items() if others.get(path) != digest]
        if changed:
            return LOST, f'changed elsewhere: {", ".join(changed[:4])}'
        new = sorted(others.keys() - self.others.keys())
        if new:
            return LEFT, ', '.join(new[:4])
        found = self._given(outputs[0])
        if found.keys() - self.content.keys():
            return LEFT, ', '.join(sorted(found.keys() - self.content.keys()))
        if self.content.keys() - found.keys():
            return LOST, ', '.join(sorted(self.content.keys() - found.keys()))
        differing = [name for name, value in self.content.items() if not tiny_runs.equal(value, found[name])]
        return (DIFFERS, ', '.join(differing)) if differing else (SAME, '')

    def _given(self, output: Output) -> dict[str, Any]:
        lines = [line for line in output.text.splitlines() if '%|' not in line]  # without bars of progress
        return {**content(self.place.root / OUT), **({'what was printed': lines} if self.work.printed else {})}

    def _others(self) -> dict[str, str]:
        return {path: digest for path, digest in self.place.digests().items() if not path.startswith(f'{OUT}/')}


def content(folder: Path) -> dict[str, Any]:
    """What the files of a folder say, but for times and logs."""
    named = {str(path.relative_to(folder)): path for path in sorted(folder.rglob('*'))}
    hidden = {name: None for name, path in named.items() if path.is_dir() and path.name.startswith('.')}
    said = {name: _said(path) for name, path in named.items() if path.is_file() and not _fits(name, PASSED_OVER)}
    return {**said, **hidden}


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatch(f'/{name}', pattern) for pattern in (*patterns, *NO_CONTENT))


def _said(path: Path) -> Any:
    if path.suffix == '.pth':
        state = torch.load(path, weights_only=True)
        scalars = state['message_hub']['log_scalars'] if 'message_hub' in state else {}
        logged = {name: value for name, value in scalars.items() if name.rpartition('/')[2] not in TIMES}
        history = state.get('message_hub', {}).get('runtime_info', {}).get('all_validations') or []
        history = [{key: value for key, value in entry.items() if key not in TIMES} for entry in history]
        return _without_nan({**{key: state.get(key) for key in STATE}, 'logged': logged, 'history': history})
    if path.suffix == '.json':
        return _without_own(json.loads(path.read_text()))
    if path.suffix == '.zip':
        with zipfile.ZipFile(path) as package:
            return {name: package.read(name) for name in package.namelist()}
    return path.read_bytes()


def _without_own(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_own(item) for key, item in value.items() if key not in OWN}
    return [_without_own(item) for item in value] if isinstance(value, list) else value


def _without_nan(value: Any) -> Any:
    """With None for NaN, which is not equal to itself."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and value != value else value
