"""What a run must know of its earlier starts: noted in its checkpoints, told in its record."""

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
from mtlbench.engine.saved import RUN, run_note
from mtlbench.errors import ConfigError
from mtlbench.records.identity import DATA, Difference, covers

ENVIRONMENT = 'environment'
RATES = ('optim_wrapper', 'param_scheduler')


class RunNotesHook(Hook):
    """Keeps the changes of a run, its data, its code and its source in its checkpoints. Added by the trainer.

    Args:
        changes: The settings that differ from here on.
        may_change: Keys that may differ; ``data`` among them lets a run go on with other data in the same place.

    Raises:
        ConfigError: Before training, when the data are others than those of the run so far.
    """

    priority = 'VERY_HIGH'

    def __init__(self, changes: Sequence[Difference] = (), may_change: Sequence[str] = ()) -> None:
        self.changes, self.may_change = list(changes), may_change

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Say which run the checkpoint is of."""
        checkpoint['meta'][RUN] = run_note(runner.cfg)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Check the state, and let changed rates and schedules count, which the loaded ones would undo."""
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
        """Compare data and code with those so far, and note what has changed."""
        hub = runner.message_hub
        known = dict(hub.runtime_info)
        data, environment = _data(runner), {**versions(), 'git_commit': git_commit()}
        moved = _differing(DATA, known.get(DATA, data), data)
        unnamed = [change for change in moved if not covers(self.may_change, change.key)]
        if unnamed:
            raise ConfigError(
                f'{runner.work_dir}: the data are not those that the run was trained on so far: {unnamed[0]}; restore '
                'them, start a run of its own (--work-dir), or go on with the others by: --resume --change data'
            )
        found = [*self.changes, *moved, *_differing(ENVIRONMENT, known.get(ENVIRONMENT, environment), environment)]
        told = [{'update': runner.iter, **change._asdict()} for change in found]
        hub.update_info_dict({DATA: data, ENVIRONMENT: environment, CHANGES: [*known.get(CHANGES, []), *told]})


def _differing(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    keys = dict.fromkeys([*new, *old])
    return [Difference(f'{place}.{key}', old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def _data(runner: Runner) -> dict[str, str]:
    """A digest of each stream's split and content."""
    loaders = {**runner.train_dataloader.loaders, 'val': runner.val_dataloader}
    found = {name: loader.dataset.fingerprint() for name, loader in loaders.items()}
    return {name: _digest([data['split_digest'], data.get('content')]) for name, data in found.items()}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _restate(runner: Runner, checkpoint: dict) -> None:
    """Put the rates and schedules of the config into a checkpoint, as if they had been used from the first update on.

    Raises:
        ConfigError: When the state of the optimizer fits no other one, or a schedule follows the metrics.
    """
    schedules = runner.param_schedulers or []
    for name, wrapper in wrappers(runner).items():
        own = schedules if isinstance(schedules, list) else schedules.get(name, [])
        _replay(own, checkpoint['meta']['iter'])
        saved, fresh = checkpoint['optimizer'][name] if name else checkpoint['optimizer'], wrapper.state_dict()
        if _groups(saved) != _groups(fresh):
            raise ConfigError(
                'optim_wrapper: other parts of the network have rates of their own than before, so the state of the '
                'optimizer fits no more; only values may change while a run is made'
            )
        saved.update({key: value for key, value in fresh.items() if key != 'state'})
    # Without states to load, the schedulers stay where they were put.
    checkpoint.pop('param_schedulers', None)


def _groups(state: Mapping[str, Any]) -> list[int]:
    return [len(group['params']) for group in state['param_groups']]


def _replay(schedulers: Sequence[Any], updates: int) -> None:
    """Bring new schedulers, and the rates that they set, to where they would be after some updates."""
    for one in schedulers:
        if getattr(one, 'need_val_args', False):
            raise ConfigError(
                f'param_scheduler: a {type(one).__name__} follows the metrics of a run, so it cannot be changed while '
                'the run is made; start a run of its own'
            )
    with warnings.catch_warnings():
        # They are stepped without the optimizer on purpose.
        warnings.simplefilter('ignore', UserWarning)
        for _ in range(updates):
            for one in schedulers:
                if not one.by_epoch:
                    one.step()
