"""Resuming of runs: identity of the run, requested changes, and their effect."""

from __future__ import annotations

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
from mtlbench.utils.choices import did_you_mean

FIXED = {
    'randomness.seed': 'a run has one seed',
    'optimizer.type': 'an optimizer cannot use the state of another',
    'freeze': 'the optimizer has no state of frozen parts',
}
"""Suffixes of keys that cannot change during a run, with reasons."""


@dataclass(frozen=True)
class ExistingRun:
    """Run that exists in a folder.

    Args:
        folder: Folder of the run.
        record: Record of the run, if it has finished.
        checkpoint: Newest checkpoint of the run, if any.
    """

    folder: Path
    record: ResultRecord | None
    checkpoint: Path | None

    @classmethod
    def look(cls, folder: Path) -> ExistingRun | None:
        """Return the run in a folder, or None if there is none.

        Raises:
            DataError: When its record is damaged.
        """
        path, checkpoints = folder / RESULT_FILE, list_checkpoints(folder)
        record = ResultRecord.read(path) if path.exists() else None
        if record is None and not checkpoints:
            return None
        return cls(folder, record, checkpoints[-1] if checkpoints else None)

    def differences(self, cfg: Config) -> list[Difference]:
        """Compare the run with a config, using its newest checkpoint, or its record if no checkpoint was kept."""
        if self.checkpoint:
            saved = saved_run(self.checkpoint)
            name, found = saved.name, differences(saved.config, cfg.to_dict())
        else:
            assert self.record is not None
            name, found = self.record.name, self.record.differences(cfg.to_dict())
        wanted = run_name(cfg.filename)
        return found if name == wanted else [Difference(NAME, name, wanted), *found]

    def check_record(self) -> None:
        """Check that the record belongs to the newest checkpoint, if both exist.

        Raises:
            ConfigError: When the record belongs to another run.
        """
        if self.record and self.checkpoint and self.record.checkpoint_digest not in (None, digest_of(self.checkpoint)):
            raise ConfigError(
                f'{self.folder / RESULT_FILE} does not belong to {self.checkpoint.name}, the newest checkpoint '
                'there; move away the one of another run'
            )


@dataclass(frozen=True)
class Course:
    """Next steps of a run.

    Args:
        checkpoint: Checkpoint to resume from; None to start with the first update.
        changes: Settings that differ from there on.
        finished: Whether nothing is left to do.
        superseded: Record of the finished run that is extended, if any.
    """

    checkpoint: Path | None = None
    changes: Sequence[Difference] = ()
    finished: bool = False
    superseded: ResultRecord | None = None

    def set_record_aside(self, folder: Path) -> None:
        """Rename the record of an extended run after the number of its updates."""
        if self.superseded:
            (folder / RESULT_FILE).replace(folder / f'result_at_{self.superseded.iterations}.json')


def course_of(folder: Path, cfg: Config, resume: bool, may_change: Sequence[str]) -> Course:
    """Return the next steps of a config's run in a folder.

    Args:
        folder: Folder of the run.
        cfg: Composed config.
        resume: Whether to resume the existing run.
        may_change: Keys, or prefixes of keys, that may differ from those of the run so far.

    Raises:
        ConfigError: When the folder holds a run and ``resume`` is not set, or a run with other settings, or a finished
        one that would change without further updates.
        DataError: When its record is damaged.
    """
    if may_change and not resume:
        raise ConfigError('--change names settings that may differ when a run is resumed; add --resume')
    found = ExistingRun.look(folder)
    if found is None:
        return Course()
    if not resume:
        raise ConfigError(f'{folder} holds a run already; resume it with --resume, or set another --work-dir')
    found.check_record()
    changes = found.differences(cfg)
    _check_names(may_change, [*keys_of(cfg.to_dict()), *(change.key for change in changes), NAME, DATA])
    rejected = [change for change in changes if not covers(may_change, change.key)]
    if rejected or any(map(_fixed, changes)):
        raise ConfigError(f'{folder} holds a run with other settings: {_way_on(rejected or changes)}')
    return _course_of_finished(found, cfg, changes) if found.record else Course(found.checkpoint, changes)


def _way_on(rejected: Sequence[Difference]) -> str:
    """Format the differences and the possible actions."""
    reason = next(filter(None, map(_fixed, rejected)), None)
    keys = ' '.join(change.key for change in rejected[:MOST])
    otherwise = f', or resume with these changes, which the record will list: --resume --change {keys}'
    return f'{listed(rejected)}. Set another --work-dir for a new run{f": {reason}" if reason else otherwise}'


def _fixed(change: Difference) -> str | None:
    """Return why a setting cannot change during a run; None if it can."""
    return next((reason for key, reason in FIXED.items() if change.key.endswith(key)), None)


def _check_names(may_change: Sequence[str], known: Sequence[str]) -> None:
    """Reject names of changes that match no key."""
    for name in may_change:
        if not any(covers([name], key) for key in known):
            hint = did_you_mean(name, dict.fromkeys(_beginnings(known)))
            raise ConfigError(f"--change: the config has no key '{name}'{hint}")


def _beginnings(keys: Sequence[str]) -> Iterator[str]:
    """Yield the keys and all of their prefixes."""
    for key in keys:
        parts = key.split('.')
        yield from ('.'.join(parts[:end]) for end in range(1, len(parts) + 1))


def _course_of_finished(found: ExistingRun, cfg: Config, changes: Sequence[Difference]) -> Course:
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
    raise ConfigError(f'{found.folder} holds a finished run that cannot resume with {listed(lasting)}: {why}')
