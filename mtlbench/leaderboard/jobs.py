"""The runs that a benchmark asks for, and the commands that make them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from mtlbench.errors import ConfigError, DataError
from mtlbench.leaderboard.further import with_further_measures
from mtlbench.leaderboard.later import Later
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
        after: The run whose weights it starts from.
    """

    name: str
    seed: int
    overlay: Overlay
    folder: Path
    command: tuple[str, ...]
    after: Job | None = None

    def __str__(self) -> str:
        return f'{self.name} seed {self.seed}'

    @property
    def run(self) -> tuple[str, str, str, int]:
        """Which run it makes; see :attr:`ResultRecord.run`."""
        return self.name, overlay_name(self.overlay.profile), self.overlay.recipe, self.seed

    def result(self) -> ResultRecord | None:
        """The record of the run, or None when it has not finished.

        Raises:
            DataError: When what lies there is damaged, or the record of another run.
        """
        path = self.folder / RESULT_FILE
        if not path.exists():
            return None
        record = ResultRecord.read(path)
        if record.run != self.run:
            raise DataError(f'record {path} is of the run {record.run}, expected {self.run}; move it away or delete it')
        return record


@dataclasses.dataclass(frozen=True)
class MeasuringJob(Job):
    """Measures of a run that has finished, which join its record.

    Args:
        later: What is measured.
    """

    later: Later = dataclasses.field(default_factory=lambda: Later('', (), ()))

    def __str__(self) -> str:
        return f'{super().__str__()}, {self.later}'

    def result(self) -> ResultRecord | None:
        """The record of the run, once it has the measures."""
        record = super().result()
        if record is None:
            return None
        record = with_further_measures(record, self.folder)
        return None if self.later.missing(record.metrics, record.metrics_of_record) else record


def plan(
    configs: Sequence[str],
    seeds: Sequence[int],
    overlay: Overlay,
    work_dir: str | Path,
    trivial: bool = True,
    command: Sequence[str] = TRAIN,
    source_of: Callable[[str], str | None] = lambda config: None,
    later: Mapping[str, Sequence[Later]] = MappingProxyType({}),
) -> list[Job]:
    """The runs of some configs: the trivial rows first, then seed by seed, so that a first table comes early.

    Args:
        configs: Paths or names.
        seeds: Of each config.
        overlay: What is laid over each.
        work_dir: Below it each run has its own folder.
        trivial: Whether to measure the trivial predictions as well.
        command: What trains a config.
        source_of: Gives the config whose runs a config starts from. They come first, once however many start from them.
        later: What is measured of the runs of a config when they have finished.

    Raises:
        ConfigError: When configs start from each other in a circle.
    """
    jobs = [_trivial_job(config, overlay, work_dir) for config in _largest_task_sets(configs)] if trivial else []
    plans = _Plans(overlay, work_dir, command, source_of)
    for seed in seeds:
        for config in configs:
            run = plans.add(config, seed)
            plans.measures += [_measuring_job(run, config, asked) for asked in later.get(config, ())]
    return [*jobs, *plans.jobs.values(), *dict.fromkeys(plans.measures)]


class _Plans:
    """Training runs, each once, behind the run that it starts from."""

    def __init__(
        self,
        overlay: Overlay,
        work_dir: str | Path,
        command: Sequence[str],
        source_of: Callable[[str], str | None],
    ) -> None:
        self.overlay, self.work_dir, self.command, self.source_of = overlay, work_dir, command, source_of
        self.jobs: dict[Path, Job] = {}
        self.measures: list[MeasuringJob] = []

    def add(self, config: str, seed: int, heirs: tuple[str, ...] = ()) -> Job:
        """The job of a config; ``heirs`` are the configs that start from it."""
        name = run_name(config)
        if name in heirs:
            raise ConfigError(f"'starts_from' goes in a circle: {' from '.join((*heirs, name))}; take one of them out")
        folder = run_dir(self.work_dir, config, self.overlay.profile, self.overlay.recipe, seed)
        if folder not in self.jobs:
            source = self.source_of(config)
            after = self.add(source, seed, (*heirs, name)) if source else None
            options = ['--seed', str(seed), '--work-dir', str(folder), '--resume']
            options += ['--starts-from', str(after.folder)] if after else []
            command = (*self.command, config, *self.overlay.arguments, *options)
            self.jobs[folder] = Job(name, seed, self.overlay, folder, command, after)
        return self.jobs[folder]


def trivial_name(config: str | Path) -> str:
    """The name of the trivial row that belongs to a config: ``xtam/sd_vkitti2`` gives ``trivial/sd_vkitti2``."""
    return 'trivial/' + run_name(config).partition('/')[2]


def _trivial_job(config: str, overlay: Overlay, work_dir: str | Path) -> Job:
    name = trivial_name(config)
    folder = run_dir(work_dir, name, overlay.profile, overlay.recipe, 0)
    command = (*TRIVIAL, config, *overlay.arguments, '--work-dir', str(folder))
    return Job(name, 0, overlay, folder, command)


def _measuring_job(run: Job, config: str, later: Later) -> MeasuringJob:
    tool = (sys.executable, '-m', f'mtlbench.cli.{later.tool}')
    command = (*tool, config, str(run.folder), *run.overlay.arguments, *later.options)
    return MeasuringJob(run.name, run.seed, run.overlay, run.folder, command, run, later)


def _largest_task_sets(configs: Sequence[str]) -> list[str]:
    """One config for each dataset and task set, without the task sets that lie within another one.

    A config with more in its name than these two may change the data: constants of it are no row of a table.
    """
    parts = {config: tuple(run_name(config).partition('/')[2].split('_')) for config in configs}
    found = {part: config for config, part in parts.items() if len(part) == 2}
    return [
        config
        for (tasks, dataset), config in found.items()
        if not any(dataset == other and set(tasks) < set(more) for more, other in found)
    ]
