"""Notes on a run's earlier starts, stored in its checkpoints and reported in its record."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mtlbench.engine.accumulation import wrappers
from mtlbench.engine.hooks.record import CHANGES, git_commit, versions
from mtlbench.engine.resumable import check_resumable, check_schedulers
from mtlbench.engine.saved import run_note
from mtlbench.errors import ConfigError
from mtlbench.records.identity import DATA, Difference, covers
from mtlbench.utils.tensor_files import RUN

ENVIRONMENT = 'environment'
RATES = ('optim_wrapper', 'param_scheduler')


class RunNotesHook(Hook):
    """Store the changes, data, code and origin of a run in its checkpoints. Added by the trainer, not by configs.

    Args:
        changes: Settings that differ from here on.
        may_change: Keys that may differ; ``data`` allows other data in the same place.

    Raises:
        ConfigError: Before training, when the data differs from that of the run so far.
    """

    priority = 'VERY_HIGH'

    def __init__(self, changes: Sequence[Difference] = (), may_change: Sequence[str] = ()) -> None:
        self.changes, self.may_change = list(changes), may_change

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the description of the run."""
        checkpoint['meta'][RUN] = run_note(runner.cfg)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Check the state, and apply changed rates and schedules, which the loaded ones would overwrite."""
        if not runner._resume:
            return
        source = str(runner._load_from)
        check_resumable(checkpoint, runner, source)
        checkpoint['meta']['seed'] = runner.seed
        if any(covers(RATES, change.key) for change in self.changes):
            _restate(runner, checkpoint)
        elif runner.param_schedulers is not None:
            check_schedulers(checkpoint, runner, source)

    def before_train(self, runner: Runner) -> None:
        """Compare data and code with those of the run so far, and store the changes."""
        hub = runner.message_hub
        known = dict(hub.runtime_info)
        data, environment = _data(runner), {**versions(), 'git_commit': git_commit()}
        moved = _differing(DATA, known.get(DATA, data), data)
        unnamed = [change for change in moved if not covers(self.may_change, change.key)]
        if unnamed:
            raise ConfigError(
                f'{runner.work_dir}: the data differs from that of the run so far: {unnamed[0]}; restore it, start a '
                'new run (--work-dir), or resume with the new data (--resume --change data)'
            )
        found = [*self.changes, *moved, *_differing(ENVIRONMENT, known.get(ENVIRONMENT, environment), environment)]
        entries = [{'update': runner.iter, **change._asdict()} for change in found]
        hub.update_info_dict({DATA: data, ENVIRONMENT: environment, CHANGES: [*known.get(CHANGES, []), *entries]})


def _differing(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    keys = dict.fromkeys([*new, *old])
    return [Difference(f'{place}.{key}', old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def _data(runner: Runner) -> dict[str, str]:
    """Compute a digest of the split and content of each stream."""
    loaders = {**runner.train_dataloader.loaders, 'val': runner.val_dataloader}
    found = {name: loader.dataset.fingerprint() for name, loader in loaders.items()}
    return {name: _digest([data['split_digest'], data.get('content')]) for name, data in found.items()}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _restate(runner: Runner, checkpoint: dict) -> None:
    """Write the rates and schedules of the config into a checkpoint, as if used from the first update on.

    Raises:
        ConfigError: When the parameter groups of the optimizer differ, or a schedule follows the metrics.
    """
    schedules = runner.param_schedulers or []
    for name, wrapper in wrappers(runner).items():
        own = schedules if isinstance(schedules, list) else schedules.get(name, [])
        _replay(own, checkpoint['meta']['iter'])
        saved, fresh = checkpoint['optimizer'][name] if name else checkpoint['optimizer'], wrapper.state_dict()
        if _groups(saved) != _groups(fresh):
            raise ConfigError(
                'optim_wrapper: the parameter groups differ from those of the run, so the optimizer state does not '
                'fit; only change values during a run'
            )
        saved.update({key: value for key, value in fresh.items() if key != 'state'})
    # Without stored states, the schedulers keep their current position.
    checkpoint.pop('param_schedulers', None)


def _groups(state: Mapping[str, Any]) -> list[int]:
    return [len(group['params']) for group in state['param_groups']]


def _replay(schedulers: Sequence[Any], updates: int) -> None:
    """Advance new schedulers, and the rates that they set, by some updates."""
    for one in schedulers:
        if getattr(one, 'need_val_args', False):
            raise ConfigError(
                f'param_scheduler: a {type(one).__name__} follows the metrics of a run, so it cannot change during the '
                'run; start a new run'
            )
    with warnings.catch_warnings():
        # The schedulers are stepped without the optimizer on purpose.
        warnings.simplefilter('ignore', UserWarning)
        for _ in range(updates):
            for one in schedulers:
                if not one.by_epoch:
                    one.step()
