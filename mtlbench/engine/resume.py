"""Going on with a run: is it the same one, which changes were asked for, and how they take effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from mtlbench.engine.hooks.checkpoint import list_checkpoints
from mtlbench.engine.saved import saved_config
from mtlbench.errors import ConfigError
from mtlbench.leaderboard.identity import MOST, UPDATES, Difference, covers, differences, listed
from mtlbench.leaderboard.paths import RESULT_FILE
from mtlbench.leaderboard.record import ResultRecord


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
            return differences(saved_config(self.checkpoint), cfg.to_dict())
        assert self.record is not None
        return self.record.differences(cfg.to_dict())


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
    changes = found.differences(cfg)
    refused = [change for change in changes if not covers(may_change, change.key)]
    if refused:
        keys = ' '.join(change.key for change in refused[:MOST])
        raise ConfigError(
            f'{folder} holds a run with other settings: {listed(refused)}. Name another --work-dir for a run of '
            f'its own, or go on with these changes, which the record will tell, by: --resume --change {keys}'
        )
    return _course_of_finished(found, cfg, changes) if found.record else Course(found.checkpoint, changes)


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
