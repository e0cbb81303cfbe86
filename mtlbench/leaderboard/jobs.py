"""The runs that a benchmark asks for, and the commands that make them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from mtlbench.errors import DataError
from mtlbench.leaderboard.paths import RESULT_FILE, overlay_name, run_dir, run_name
from mtlbench.leaderboard.record import ResultRecord

TRAIN = (sys.executable, '-m', 'mtlbench.cli.train')
TRIVIAL = (sys.executable, '-m', 'mtlbench.cli.trivial')


@dataclasses.dataclass(frozen=True)
class Overlay:
    """What is laid over every config of a benchmark.

    Args:
        profile: ``full``, ``mini`` or the path of an overlay.
        recipe: ``paper`` or ``reference``.
        data_root: Where the datasets are read instead.
    """

    profile: str = 'full'
    recipe: str = 'paper'
    data_root: str | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """As the tools take it."""
        given = ('--profile', self.profile, '--recipe', self.recipe)
        return (*given, '--data-root', self.data_root) if self.data_root else given


@dataclasses.dataclass(frozen=True)
class Job:
    """One run.

    Args:
        name: The name that its record must have.
        seed: Its seed.
        overlay: What is laid over the config.
        folder: Where it lives.
        command: What makes it. Started again, it goes on where it was cut off.
    """

    name: str
    seed: int
    overlay: Overlay
    folder: Path
    command: tuple[str, ...]

    def __str__(self) -> str:
        return f'{self.name} seed {self.seed}'

    def result(self) -> ResultRecord | None:
        """The record of the run, or None when it has not finished.

        Raises:
            DataError: When what lies there is damaged, or the record of another run.
        """
        path = self.folder / RESULT_FILE
        if not path.exists():
            return None
        record = ResultRecord.read(path)
        found = (record.name, record.seed, record.profile, record.recipe)
        wanted = (self.name, self.seed, overlay_name(self.overlay.profile), self.overlay.recipe)
        if found != wanted:
            raise DataError(f'record {path} is of the run {found}, expected {wanted}; move it away or delete it')
        return record


def plan(
    configs: Sequence[str],
    seeds: Sequence[int],
    overlay: Overlay,
    work_dir: str | Path,
    trivial: bool = True,
    command: Sequence[str] = TRAIN,
) -> list[Job]:
    """The runs of some configs: the trivial rows first, then seed by seed, so that a first table comes early.

    Args:
        configs: Paths or names.
        seeds: Of each config.
        overlay: What is laid over each.
        work_dir: Below it each run has its own folder.
        trivial: Whether to measure the trivial predictions as well.
        command: What trains a config.
    """
    jobs = [_trivial_job(config, overlay, work_dir) for config in _largest_task_sets(configs)] if trivial else []
    for seed in dict.fromkeys(seeds):
        for config in dict.fromkeys(configs):
            folder = run_dir(work_dir, config, overlay.profile, overlay.recipe, seed)
            options = ('--seed', str(seed), '--work-dir', str(folder), '--resume')
            jobs.append(Job(run_name(config), seed, overlay, folder, (*command, config, *overlay.arguments, *options)))
    return jobs


def trivial_name(config: str | Path) -> str:
    """The name of the trivial row that belongs to a config: ``xtam/sd_vkitti2`` gives ``trivial/sd_vkitti2``."""
    return 'trivial/' + '_'.join(run_name(config).partition('/')[2].split('_')[:2])


def _trivial_job(config: str, overlay: Overlay, work_dir: str | Path) -> Job:
    name = trivial_name(config)
    folder = run_dir(work_dir, name, overlay.profile, overlay.recipe, 0)
    command = (*TRIVIAL, config, *overlay.arguments, '--work-dir', str(folder))
    return Job(name, 0, overlay, folder, command)


def _largest_task_sets(configs: Sequence[str]) -> list[str]:
    """One config for each dataset and task set, without the task sets that lie within another one."""
    found = {tuple(trivial_name(config).partition('/')[2].partition('_')[::2]): config for config in configs}
    return [
        config
        for (tasks, dataset), config in found.items()
        if not any(dataset == other and set(tasks) < set(more) for more, other in found)
    ]
