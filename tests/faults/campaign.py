"""Faults as lines of a table: what is planted, what is done, what must come out.

See ``README.md`` beside this file for how to add a line.
"""

from __future__ import annotations

import fnmatch
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

import tiny_runs
import torch
from place import CONFIG, LIMIT_S, Output, Place, Started, train_arguments

from mtlbench.engine.hooks.checkpoint import list_checkpoints

Plant = Callable[[Place], None]
Action = Callable[[Place], Output]
Outcome = Callable[[Place, Output], None]
Check = Callable[[Place, Output], object]

RIGHT, WRONG, LOST, HANG, UNCLEAR = 'right', 'silently wrong', 'lost', 'hang', 'unclear'
VERDICTS = (WRONG, LOST, HANG, UNCLEAR, RIGHT)
# What a command may leave behind although it was refused: its log, the lock it held; a copy of its config, if new.
LOGS = ('*.log', '*run.lock', '*/vis_data/*')
DUMPS = ('*/*_*.py',)


@dataclass(frozen=True)
class Fault:
    """A line of a table.

    Args:
        name: What is planted, in a few words.
        action: Plants it and gives a command.
        outcome: Raises :class:`Unmet` when something else comes out than should.
        known: Why something else comes out so far; the line fails once it is mended, so that this is taken out.
    """

    name: str
    action: Action
    outcome: Outcome
    known: str = ''


class Unmet(Exception):  # noqa: N818
    """Something else came out.

    Args:
        verdict: One of :data:`VERDICTS`.
        why: In a sentence.
    """

    def __init__(self, verdict: str, why: str) -> None:
        super().__init__(f'{verdict}: {why}')
        self.verdict = verdict


def judge(fault: Fault, place: Place) -> tuple[str, str]:
    """Plant a fault; the verdict, and what speaks against a right outcome."""
    output = fault.action(place)
    try:
        if output.status is None:
            raise Unmet(HANG, 'it did not end')
        fault.outcome(place, output)
    except Unmet as unmet:
        shown = '\n'.join(output.text.splitlines()[-25:])
        return unmet.verdict, f'{unmet}\n$ {output.command}\n{shown}\n[exit status {output.status}]'
    return RIGHT, ''


# --- what is done -----------------------------------------------------------------------------------------------------


def tool(name: str, *arguments: str, env: dict[str, str] | None = None) -> Action:
    """Run ``tools/NAME.py``; relative paths are those of the place."""
    return lambda place: place.run(name, *arguments, env=env)


def train(config: str, *options: str, args: tuple[str, ...] = (), env: dict[str, str] | None = None) -> Action:
    """Train a tiny run into the folder ``run``.

    Args:
        config: Its name, or a file of the place.
        options: ``KEY=VALUE`` of ``--cfg-options``.
        args: Further arguments; what is given twice counts as given here.
        env: Further environment variables.
    """
    return tool('train', *train_arguments('run', config), *args, *_options(options), env=env)


def resume(*options: str, args: tuple[str, ...] = (), folder: str = 'interrupted', config: str = CONFIG) -> Action:
    """Go on with the interrupted run, by its own command with changes."""
    return tool('train', *train_arguments(folder, config), '--resume', *args, *_options(options))


def check(dataset: str, *arguments: str) -> Action:
    """``check_dataset`` over a tiny data set."""
    return tool('check_dataset', dataset, '--root', dataset, '--jobs', '1', *arguments)


def at_once(one: Callable[[Place], Started], other: Callable[[Place], Started], apart_s: float = 0.0) -> Action:
    """Start a second command while the first is at work; one must pass, what becomes of the other is judged."""

    def act(place: Place) -> Output:
        first = one(place)
        time.sleep(apart_s)
        outputs = first, other(place)
        ended = sorted((started.output() for started in outputs), key=lambda output: output.status or 0)
        assert ended[0].status == 0, ended[0].text
        return ended[1]

    return act


def started(name: str, *arguments: str) -> Callable[[Place], Started]:
    """Start ``tools/NAME.py``, for :func:`at_once`."""
    return lambda place: place.start(name, *arguments)


def signalled(number: int, when: str, name: str, *arguments: str) -> Action:
    """Run a tool, and send it and its children a signal as soon as it has printed ``when``, or made that file."""

    def act(place: Place) -> Output:
        command = place.start(name, *arguments)
        deadline = time.monotonic() + LIMIT_S
        while not ((place.root / when).exists() or (command.file.exists() and when in command.file.read_text())):
            assert command.run.wait(0.01) is None and time.monotonic() < deadline, f'{when} never came'
        command.run.signal(number)
        return command.output()

    return act


def planted(*parts: Plant | Action) -> Action:
    """Do some things first: all but the last are plants, the last is the command."""
    *plants, action = parts

    def act(place: Place) -> Output:
        for plant in plants:
            plant(place)
        return action(place)  # type: ignore[return-value]

    return act


def written(path: str, content: str | bytes) -> Plant:
    """Write a file of the place."""

    def plant(place: Place) -> None:
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    return plant


def replaced(path: str, old: str, new: str) -> Plant:
    """Replace text that is in a file."""

    def plant(place: Place) -> None:
        text = (place / path).read_text()
        assert old in text, f'{old!r} is not in {path}'
        (place / path).write_text(text.replace(old, new))

    return plant


def deleted(pattern: str) -> Plant:
    """Delete the files and folders that fit; there must be one."""

    def plant(place: Place) -> None:
        place.make_ready(pattern)
        paths = list(place.root.glob(pattern))
        assert paths, f'nothing fits {pattern}'
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return plant


def moved(old: str, new: str) -> Plant:
    """Rename a file or folder."""
    return lambda place: (place / old).rename(place.root / new) and None


def copied(old: str, new: str) -> Plant:
    """Copy a file."""
    return lambda place: shutil.copy(place / old, place / new) and None


def _options(options: tuple[str, ...]) -> tuple[str, ...]:
    return ('--cfg-options', *options) if options else ()


# --- what must come out -----------------------------------------------------------------------------------------------


def refused(*words: str, status: int = 1, leaves: tuple[str, ...] = ()) -> Outcome:
    """One clear line at the end, and nothing changed.

    Args:
        words: All of them are in the last line, which begins with ``error: ``.
        status: Exit status.
        leaves: Patterns of files that may be new or changed all the same.
    """

    def outcome(place: Place, output: Output) -> None:
        if output.status == 0:
            raise Unmet(WRONG, 'it passed with exit status 0')
        _require_unchanged(place, output, leaves)
        _require_clear(output, status, 'error: ', words)

    return outcome


def found(*words: str) -> Outcome:
    """``check_dataset`` says that something is wrong, in these words, and changes nothing.

    The words matter: of tiny data it also says that frames are missing.
    """

    def outcome(place: Place, output: Output) -> None:
        text = ' '.join(output.text.lower().split())  # lines are wrapped at the width of the terminal
        if output.status == 0 or not all(word.lower() in text for word in words):
            raise Unmet(WRONG, f'nothing was found, or not in the words {", ".join(words)}')
        _require_unchanged(place, output, ())
        _require_clear(output, 1, 'problems found: ', ())

    return outcome


def right(holds: Check | None = None) -> Outcome:
    """It works, and what it left behind is right.

    Args:
        holds: True for a right outcome, given the place and the output.
    """

    def outcome(place: Place, output: Output) -> None:
        if output.status or 'Traceback' in output.text:
            raise Unmet(UNCLEAR, 'it should have worked')
        if holds is not None and not holds(place, output):
            raise Unmet(WRONG, 'it passed, with another result than the right one')

    return outcome


def says(*words: str) -> Check:
    """Whether all words are in what was printed; for :func:`right`."""
    return lambda place, output: all(word in output.text for word in words)


def same_end(one: str, other: str) -> Check:
    """Whether the newest checkpoints of two folders hold the same bits: weights, optimizer, schedulers."""

    def holds(place: Place, output: Output) -> bool:
        newest = [list_checkpoints(place / folder)[-1] for folder in (one, other)]
        states = [torch.load(path, weights_only=True) for path in newest]
        kept = ('state_dict', 'optimizer', 'param_schedulers')
        return newest[0].name == newest[1].name and all(tiny_runs.equal(*(s.get(key) for s in states)) for key in kept)

    return holds


def _require_clear(output: Output, status: int, begin: str, words: tuple[str, ...]) -> None:
    if 'Traceback' in output.text:
        raise Unmet(UNCLEAR, 'a traceback')
    if output.status != status:
        raise Unmet(UNCLEAR, f'exit status {output.status}, expected {status}')
    if not output.last_line.startswith(begin):
        raise Unmet(UNCLEAR, f"the last line does not begin with '{begin}'")
    missing = [word for word in words if word.lower() not in output.last_line.lower()]
    if missing:
        raise Unmet(UNCLEAR, f'not a word of {", ".join(missing)}')


def _require_unchanged(place: Place, output: Output, leaves: tuple[str, ...]) -> None:
    after = place.digests()
    free = (*LOGS, *leaves)
    gone = [path for path, digest in output.before.items() if after.get(path) != digest and not _fits(path, free)]
    if gone:
        raise Unmet(LOST, f'deleted or changed: {", ".join(gone[:5])}')
    new = [path for path in after if path not in output.before and not _fits(path, (*free, *DUMPS))]
    if new:
        raise Unmet(LOST, f'left behind: {", ".join(new[:5])}')


def _fits(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatch(path, pattern) for pattern in patterns)
