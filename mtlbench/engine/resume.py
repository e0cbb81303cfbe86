"""Going on with a run: is it the same one, which changes were asked for, and how they take effect."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from mtlbench.checkpoint import digest_of
from mtlbench.engine.hooks.checkpoint import list_checkpoints
from mtlbench.engine.saved import saved_run
from mtlbench.errors import ConfigError
from mtlbench.records.identity import DATA, MOST, NAME, UPDATES, Difference, covers, differences, keys_of, listed
from mtlbench.records.paths import RESULT_FILE, run_name
from mtlbench.records.record import ResultRecord

FIXED = {
    'randomness.seed': 'a seed counts for a whole run',
    'optimizer.type': 'one optimizer cannot go on with the state of another',
}
"""Ends of the keys that no run goes on with changed, and why."""


@dataclass(frozen=True)
class Found:
    """A run that lies in a folder.

    Args:
        folder: The folder.
        record: Its record, when it has finished.
        checkpoint: Its newest checkpoint, if there is one.
    """

    folder: Path
    record: ResultRecord | None
    checkpoint: Path | None

    @classmethod
    def look(cls, folder: Path) -> Found | None:
        """Return the run in a folder, or None where there is none.

        Raises:
            DataError: When its record is damaged.
        """
        path, checkpoints = folder / RESULT_FILE, list_checkpoints(folder)
        record = ResultRecord.read(path) if path.exists() else None
        if record is None and not checkpoints:
            return None
        return cls(folder, record, checkpoints[-1] if checkpoints else None)

    def differences(self, cfg: Config) -> list[Difference]:
        """Compare the run with a config: by its newest checkpoint, or its record where no checkpoint was kept."""
        if self.checkpoint:
            saved = saved_run(self.checkpoint)
            name, found = saved.name, differences(saved.config, cfg.to_dict())
        else:
            assert self.record is not None
            name, found = self.record.name, self.record.differences(cfg.to_dict())
        wanted = run_name(cfg.filename)
        return found if name == wanted else [Difference(NAME, name, wanted), *found]

    def check_record(self) -> None:
        """Make sure that the record was written with the newest checkpoint, as far as both are there.

        Raises:
            ConfigError: When the record is of another run.
        """
        if self.record and self.checkpoint and self.record.checkpoint_digest not in (None, digest_of(self.checkpoint)):
            raise ConfigError(
                f'{self.folder / RESULT_FILE} is not of {self.checkpoint.name}, the newest checkpoint there; move away '
                'the one that is of another run'
            )


@dataclass(frozen=True)
class Course:
    """How a run is made from here.

    Args:
        checkpoint: Where it goes on from; None from the first update.
        changes: The settings that are other ones from there on.
        finished: Whether there is nothing left to do.
        superseded: The record of the finished run that goes on, if it is one.
    """

    checkpoint: Path | None = None
    changes: Sequence[Difference] = ()
    finished: bool = False
    superseded: ResultRecord | None = None

    def set_record_aside(self, folder: Path) -> None:
        """Keep the record of a finished run that goes on under the name of the updates that it is of."""
        if self.superseded:
            (folder / RESULT_FILE).replace(folder / f'result_at_{self.superseded.iterations}.json')


def course_of(folder: Path, cfg: Config, resume: bool, may_change: Sequence[str]) -> Course:
    """Return how a config's run is made in a folder.

    Args:
        folder: The folder of the run.
        cfg: The composed config.
        resume: Whether to go on with what is there.
        may_change: Keys, or parts of keys, that may differ from those that the run was made with so far.

    Raises:
        ConfigError: When the folder holds a run that is not to go on, or was made with other settings; or when a
            finished one is to be changed without further updates.
        DataError: When the record there is damaged.
    """
    if may_change and not resume:
        raise ConfigError('--change names what may differ when a run goes on; it needs --resume')
    found = Found.look(folder)
    if found is None:
        return Course()
    if not resume:
        raise ConfigError(f'{folder} holds a run already; go on with it by --resume, or name another --work-dir')
    found.check_record()
    changes = found.differences(cfg)
    _check_names(may_change, [*keys_of(cfg.to_dict()), *(change.key for change in changes), NAME, DATA])
    refused = [change for change in changes if not covers(may_change, change.key)]
    if refused or any(map(_fixed, changes)):
        raise ConfigError(f'{folder} holds a run with other settings: {_way_on(refused or changes)}')
    return _course_of_finished(found, cfg, changes) if found.record else Course(found.checkpoint, changes)


def _way_on(refused: Sequence[Difference]) -> str:
    """What differs, and what can be done about it."""
    reason = next(filter(None, map(_fixed, refused)), None)
    keys = ' '.join(change.key for change in refused[:MOST])
    otherwise = f', or go on with these changes, which the record will tell, by: --resume --change {keys}'
    return f'{listed(refused)}. Name another --work-dir for a run of its own{f": {reason}" if reason else otherwise}'


def _fixed(change: Difference) -> str | None:
    """Why a setting cannot be changed while a run is made; None where it can."""
    return next((reason for key, reason in FIXED.items() if change.key.endswith(key)), None)


def _check_names(may_change: Sequence[str], known: Sequence[str]) -> None:
    """Refuse names of changes that nothing is called by."""
    for name in may_change:
        if not any(covers([name], key) for key in known):
            near = difflib.get_close_matches(name, dict.fromkeys(_beginnings(known)), n=3)
            hint = f'; did you mean {" or ".join(near)}?' if near else ''
            raise ConfigError(f"--change: the config has no key '{name}'{hint}")


def _beginnings(keys: Sequence[str]) -> Iterator[str]:
    """The keys, and all that they lie below."""
    for key in keys:
        parts = key.split('.')
        yield from ('.'.join(parts[:end]) for end in range(1, len(parts) + 1))


def _course_of_finished(found: Found, cfg: Config, changes: Sequence[Difference]) -> Course:
    assert found.record is not None
    lasting = [change for change in changes if change.key.rpartition('.')[2] != 'data_root']
    if not lasting:
        return Course(finished=True)
    if cfg.train_cfg.max_iters <= found.record.iterations:
        why = f'it has made all of {UPDATES}={cfg.train_cfg.max_iters} updates'
    elif found.checkpoint is None:
        why = 'no checkpoint of it was kept'
    else:
        return Course(found.checkpoint, changes, superseded=found.record)
    raise ConfigError(f'{found.folder} holds a finished run that cannot go on with {listed(lasting)}: {why}')
