"""Result record of a finished run."""

from __future__ import annotations

import math
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mtlbench.checkpoint import digest_of
from mtlbench.engine.balance import balance_of
from mtlbench.engine.cost import count_gflop, peak_memory_mb
from mtlbench.engine.finite import check_state
from mtlbench.engine.hooks.best import BEST
from mtlbench.engine.hooks.early_stopping import STOPPED
from mtlbench.engine.model import learner_of
from mtlbench.engine.resumable import HISTORY
from mtlbench.errors import ConfigError, TrainingError
from mtlbench.records.identity import without_per_run_keys
from mtlbench.records.paths import RESULT_FILE, run_name
from mtlbench.records.record import ResultRecord
from mtlbench.registry import HOOKS
from mtlbench.tasks import Task
from mtlbench.utils.numbers import whole_number

PACKAGES = ('mtlbench', 'torch', 'torchvision', 'timm', 'mmengine', 'mmcv-lite', 'numpy', 'opencv-python')
CHANGES, STARTED_FROM = 'changes', 'started_from'


@HOOKS.register_module()
class ResultRecordHook(Hook):
    """Collect the metrics of every validation and, after training, write ``result.json`` atomically.

    Args:
        average_last: Number of last validations whose means are the metrics of the record. A run with fewer validations
            averages all of them.

    Raises:
        ConfigError: When the number is below 1.
    """

    priority = 'LOW'
    scaled_arguments = dict[str, str]()  # it counts validations, whose number stays

    def __init__(self, average_last: int = 1) -> None:
        self.average_last = whole_number('default_hooks.record.average_last', average_last, 1)
        self.resolution: tuple[int, int] = (0, 0)

    def before_train(self, runner: Runner) -> None:
        """Check that there will be metrics to record.

        Raises:
            ConfigError: When the config has no validation.
        """
        if runner.val_loop is None:
            raise ConfigError('a record needs metrics, but the config has no val_dataloader; add one')

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Sequence[Any] | None = None
    ) -> None:
        """Store the size of the evaluated images."""
        if not any(self.resolution):
            _, height, width = data_batch['inputs'][0].shape
            self.resolution = (height, width)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Store the metrics; checkpoints include them, so that a resumed run knows all validations.

        Validation data that asks for no labels gives the metrics of record no value (NaN).

        Raises:
            TrainingError: When the validation data asks for labels, but no metric has a value.
        """
        if not runner.val_dataloader.dataset.tasks:
            metrics = {**metrics_without_labels(runner), **(metrics or {})}
        elif all(math.isnan(value) for value in (metrics or {}).values()):
            raise TrainingError(
                f'the validation at iteration {runner.iter} gives no metric a value ({", ".join(metrics or {})}): '
                'predictions are NaN, or no sample of val_dataloader has a valid label'
            )
        history = [entry for entry in self._history(runner) if entry['iter'] < runner.iter]
        runner.message_hub.update_info(HISTORY, [*history, {'iter': runner.iter, **(metrics or {})}])

    def after_train(self, runner: Runner) -> None:
        """Write the record if the state of the run is finite in all processes."""
        check_state(runner, runner.iter)
        self._write(runner)

    @master_only
    def _write(self, runner: Runner) -> None:
        record = build_record(runner, self._history(runner), self.resolution, self.average_last)
        record.write(Path(runner.work_dir) / RESULT_FILE)

    def _history(self, runner: Runner) -> list[dict[str, float]]:
        return runner.message_hub.runtime_info.get(HISTORY, [])


def build_record(
    runner: Runner, history: list[dict[str, float]], resolution: tuple[int, int], average_last: int = 1
) -> ResultRecord:
    """Build the record of a run that has just finished; its metrics are means over the last validations."""
    learner = learner_of(runner)
    data = {name: loader.dataset.fingerprint() for name, loader in runner.train_dataloader.loaders.items()}
    further = {f'val@{name}': loader for name, loader in getattr(runner.val_loop, 'further', {}).items()}
    evaluated = {
        name: loader.dataset.fingerprint() for name, loader in {'val': runner.val_dataloader, **further}.items()
    }
    data = {'train': next(iter(data.values())), **data, **evaluated}
    direction = {
        f'{name}/{metric}{where.removeprefix("val")}': higher
        for where in evaluated
        for name, task in learner.tasks.items()
        for metric, higher in task.higher_is_better.items()
    }
    reported = history[-average_last:]
    metrics = means_of(reported)
    noted = runner.message_hub.runtime_info
    return ResultRecord(
        name=run_name(runner.cfg.filename),
        method=runner.cfg.method,
        task_set=''.join(task.letter for task in learner.tasks.values()),
        dataset=data['val']['dataset'],
        rendered=any(fingerprint['rendered'] for fingerprint in data.values()),
        profile=runner.cfg.profile,
        recipe=runner.cfg.recipe,
        seed=runner.seed,
        metrics=metrics,
        metrics_of_record={name: task.metric_of_record for name, task in learner.tasks.items()},
        higher_is_better={key: higher for key, higher in direction.items() if key in metrics},
        parameters=sum(parameter.numel() for parameter in learner.network.parameters()),
        iterations=runner.iter,
        resolution=list(resolution),
        data=data,
        config=without_per_run_keys(runner.cfg.to_dict()),
        versions=versions(),
        created=datetime.now(timezone.utc).isoformat(timespec='seconds'),
        gflops=count_gflop(learner.network, resolution),
        step_time_s=median_step_time(runner),
        peak_memory_mb=peak_memory_mb(),
        git_commit=git_commit(),
        best=best_of(history, direction),
        ranges=ranges_of(learner.tasks, metrics),
        checkpoint_digest=last_digest(runner),
        changes=noted.get(CHANGES) or None,
        started_from=noted.get(STARTED_FROM),
        best_checkpoint=noted.get(BEST),
        stopped_early=noted.get(STOPPED) if runner.iter < runner.max_iters else None,
        balancer=balance_of(runner),
        averaged_over=[int(entry['iter']) for entry in reported] if average_last > 1 else None,
    )


def metrics_without_labels(runner: Runner) -> dict[str, float]:
    """Return NaN for each task's metric of record."""
    learner = learner_of(runner)
    return {f'{name}/{task.metric_of_record}': math.nan for name, task in learner.tasks.items()}


def ranges_of(tasks: Mapping[str, Task], metrics: Mapping[str, float]) -> dict[str, Sequence[float | None]] | None:
    """Return the ranges of the metrics whose range is not the default; None if there are none."""
    found: dict[str, Sequence[float | None]] = {}
    for name, task in tasks.items():
        for metric in task.higher_is_better:
            ends, usual = task.range_of(metric), Task.range_of(task, metric)
            if f'{name}/{metric}' in metrics and ends != usual:
                found[f'{name}/{metric}'] = [end if math.isfinite(end) else None for end in ends]
    return found or None


def last_digest(runner: Runner) -> str | None:
    """Return the SHA-256 of the last update's checkpoint, which is written before the record; None if not kept."""
    path = Path(runner.work_dir) / f'iter_{runner.iter}.pth'
    return digest_of(path) if path.is_file() else None


def versions() -> dict[str, str]:
    """Return the versions of Python and of the installed packages that affect the numbers."""
    found = {'python': platform.python_version()}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def means_of(history: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each metric of the last validation over all those with a value; NaN if there is none."""
    means = {}
    for key in history[-1].keys() - {'iter'}:
        values = [entry[key] for entry in history if not math.isnan(entry.get(key, math.nan))]
        means[key] = math.fsum(values) / len(values) if values else math.nan
    return {key: means[key] for key in history[-1] if key != 'iter'}


def best_of(history: Sequence[Mapping[str, float]], higher_is_better: Mapping[str, bool]) -> dict[str, float]:
    """Return the best value of each metric over all validations; NaN if it never had one."""
    best = {}
    for key, higher in higher_is_better.items():
        values = [entry[key] for entry in history if not math.isnan(entry.get(key, math.nan))]
        best[key] = (max if higher else min)(values) if values else math.nan
    return best


def median_step_time(runner: Runner) -> float | None:
    """Return the median seconds of an update, including data loading, over the run; None without updates."""
    buffer = runner.message_hub.log_scalars.get('train/time')
    return statistics.median(buffer.data[0].tolist()) if buffer is not None else None


def git_commit() -> str | None:
    """Return the commit of the code if it runs from its own checkout; otherwise None."""
    package = Path(__file__).resolve().parents[2]
    if not (package.parent / '.git').exists():
        return None
    command = ['git', '-C', str(package), 'describe', '--always', '--abbrev=40', '--dirty', '--exclude=*']
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
