"""Jobs of a benchmark, and the commands that make them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mtlbench.config.files import find_config, has_config
from mtlbench.errors import ConfigError, DataError
from mtlbench.records.extra_measures import with_extra_measures
from mtlbench.records.identity import UPDATES, covers, listed
from mtlbench.records.paths import RESULT_FILE, overlay_name, run_dir, run_name, trivial_name
from mtlbench.records.record import ResultRecord
from mtlbench.scheduling.follow_up import FollowUp

DATA_KEYS = ('tasks', 'train_dataloader', 'val_dataloader', 'data')
TRAIN = (sys.executable, '-m', 'mtlbench.cli.train')
TRIVIAL = (sys.executable, '-m', 'mtlbench.cli.trivial')


@dataclasses.dataclass(frozen=True)
class Overlay:
    """Overlay on every config of a benchmark.

    Args:
        profile: ``full``, ``mini`` or the path of an overlay.
        recipe: ``paper`` or ``reference``.
        data_root: Alternative folder of the datasets.
    """

    profile: str = 'full'
    recipe: str = 'paper'
    data_root: str | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """Command line arguments of the tools."""
        given = ('--profile', self.profile, '--recipe', self.recipe)
        return (*given, '--data-root', self.data_root) if self.data_root else given


@dataclasses.dataclass(frozen=True)
class Composer:
    """Access to composed configs. By default, nothing is known about them.

    Args:
        source_of: Function that returns the config whose runs a config starts from.
        config_of: Function that returns the composed config, as plain dicts, for a seed.
        may_change: Keys that may differ from the settings of an existing run.
    """

    source_of: Callable[[str], str | None] = lambda config: None
    config_of: Callable[[str, int], Mapping[str, Any] | None] = lambda config, seed: None
    may_change: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Settings that the record of a run must match.

    Args:
        config: Composed config.
        may_change: Keys that may differ.
        concerns: Keys to compare; empty for all.
        source: Run that provides the initial weights.
    """

    config: Mapping[str, Any]
    may_change: Sequence[str] = ()
    concerns: Sequence[str] = ()
    source: Job | None = None

    def reached_by(self, record: ResultRecord, path: Path) -> bool:
        """Return whether a record belongs to the wanted run. False if the run must continue with more updates.

        Raises:
            DataError: If the record was made with other settings that may not change.
        """
        found = [one for one in record.differences(self.config) if not self.concerns or covers(self.concerns, one.key)]
        rejected = [one for one in found if not covers(self.may_change, one.key)]
        if rejected:
            raise DataError(
                f'record {path} was made with other settings: {listed(rejected)}; move or delete it, '
                'choose another --work-dir, or continue that run with --change and these keys'
            )
        self._require_source(record, path)
        return not any(one.key == UPDATES for one in found)

    def _require_source(self, record: ResultRecord, path: Path) -> None:
        source = self.source.result() if self.source and not self.may_change else None
        if source and record.started_from and record.started_from != source.as_source:
            raise DataError(
                f'record {path} is of a run that started from another run of {source.name} than the current one; move '
                'or delete it'
            )


@dataclasses.dataclass(frozen=True)
class Job:
    """Job that makes a run.

    Args:
        name: Name that its record must have.
        seed: Seed of the run.
        overlay: Overlay on the config.
        folder: Folder of the run.
        command: Command that makes the run. If started again, it continues an interrupted run.
        after: Run whose weights it starts from.
        wanted: Settings that its record must match; None if unknown.
    """

    name: str
    seed: int
    overlay: Overlay
    folder: Path
    command: tuple[str, ...]
    after: Job | None = None
    wanted: Wanted | None = dataclasses.field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f'{self.name} seed {self.seed}'

    @property
    def run(self) -> tuple[str, str, str, int]:
        """Identification of the run; see :attr:`ResultRecord.run`."""
        return self.name, overlay_name(self.overlay.profile), self.overlay.recipe, self.seed

    def result(self) -> ResultRecord | None:
        """Return the record of the run, or None if it has not finished.

        Raises:
            DataError: If the record is damaged or belongs to another run.
        """
        path = self.folder / RESULT_FILE
        if not path.exists():
            return None
        record = ResultRecord.read(path)
        if record.run != self.run:
            raise DataError(f'record {path} is of the run {record.run}, expected {self.run}; move or delete it')
        return record if self.wanted is None or self.wanted.reached_by(record, path) else None


@dataclasses.dataclass(frozen=True)
class MeasuringJob(Job):
    """Job that makes follow-up measurements of a finished run, which are added to its record.

    Args:
        follow_up: Measurements to make.
    """

    follow_up: FollowUp = dataclasses.field(default_factory=lambda: FollowUp('', (), ()))

    def __str__(self) -> str:
        return f'{super().__str__()}, {self.follow_up}'

    def result(self) -> ResultRecord | None:
        """Return the record of the run, or None while it lacks measurements."""
        record = super().result()
        if record is None:
            return None
        record = with_extra_measures(record, self.folder)
        return None if self.follow_up.missing(record.metrics, record.metrics_of_record) else record


NOTHING_KNOWN = Composer()


def plan(
    configs: Sequence[str],
    seeds: Sequence[int],
    overlay: Overlay,
    work_dir: str | Path,
    trivial: bool = True,
    command: Sequence[str] = TRAIN,
    composer: Composer = NOTHING_KNOWN,
    follow_ups: Mapping[str, Sequence[FollowUp]] = MappingProxyType({}),
) -> list[Job]:
    """Return the jobs of configs: trivial rows first, then seed by seed, so that a first table is available early.

    Args:
        configs: Paths or names of configs.
        seeds: Seeds of each config.
        overlay: Overlay on each config.
        work_dir: Parent folder of all run folders.
        trivial: Evaluate trivial predictions as well.
        command: Command that trains a config.
        composer: Access to composed configs. Runs that others start from come first, and only once.
        follow_ups: Follow-up measurements of finished runs by config.

    Raises:
        ConfigError: If configs start from each other in a circle, or two of them share a folder.
    """
    _require_folders_of_their_own(configs)
    trivials = _largest_task_sets(configs) if trivial else []
    jobs = [_trivial_job(config, overlay, work_dir, composer) for config in trivials]
    plans = _Plans(overlay, work_dir, command, composer)
    for seed in seeds:
        for config in configs:
            run = plans.add(config, seed)
            plans.measures += [_measuring_job(run, config, asked) for asked in follow_ups.get(config, ())]
    return [*jobs, *plans.jobs.values(), *dict.fromkeys(plans.measures)]


class _Plans:
    """Training jobs, each once, after the job that it starts from."""

    def __init__(self, overlay: Overlay, work_dir: str | Path, command: Sequence[str], composer: Composer) -> None:
        self.overlay, self.work_dir, self.command, self.composer = overlay, work_dir, command, composer
        self.jobs: dict[Path, Job] = {}
        self.measures: list[MeasuringJob] = []

    def add(self, config: str, seed: int, heirs: tuple[str, ...] = ()) -> Job:
        """Add the job of a config. ``heirs`` are the configs that start from it."""
        name = run_name(config)
        if name in heirs:
            raise ConfigError(f"'starts_from' is circular: {' from '.join((*heirs, name))}; remove one of them")
        folder = run_dir(self.work_dir, config, self.overlay.profile, self.overlay.recipe, seed)
        if folder not in self.jobs:
            source = self.composer.source_of(config)
            after = self.add(source, seed, (*heirs, name)) if source else None
            options = ['--seed', str(seed), '--work-dir', str(folder), '--resume']
            options += ['--starts-from', str(after.folder)] if after else []
            options += ['--change', *self.composer.may_change] if self.composer.may_change else []
            command = (*self.command, config, *self.overlay.arguments, *options)
            wanted = _wanted(self.composer, config, seed, source=after)
            self.jobs[folder] = Job(name, seed, self.overlay, folder, command, after, wanted)
        return self.jobs[folder]


def _wanted(
    composer: Composer, config: str, seed: int, concerns: Sequence[str] = (), source: Job | None = None
) -> Wanted | None:
    composed = composer.config_of(config, seed)
    return Wanted(composed, composer.may_change, concerns, source) if composed is not None else None


def _require_folders_of_their_own(configs: Sequence[str]) -> None:
    """Reject two configs with the same run folder, which is named by method folder and config."""
    places: dict[str, Path] = {}
    for config in configs:
        path = find_config(config) if has_config(config) else Path(config)
        other = places.setdefault(run_name(config), path)
        if other != path:
            raise ConfigError(f"{other} and {path} would share the run '{run_name(config)}'; rename one of them")


def _trivial_job(config: str, overlay: Overlay, work_dir: str | Path, composer: Composer) -> Job:
    name = trivial_name(config)
    folder = run_dir(work_dir, name, overlay.profile, overlay.recipe, 0)
    command = (*TRIVIAL, config, *overlay.arguments, '--work-dir', str(folder))
    # A constant prediction depends on the data and labels only.
    return Job(name, 0, overlay, folder, command, wanted=_wanted(composer, config, 0, DATA_KEYS))


def _measuring_job(run: Job, config: str, follow_up: FollowUp) -> MeasuringJob:
    tool = (sys.executable, '-m', f'mtlbench.cli.{follow_up.tool}')
    command = (*tool, config, str(run.folder), *run.overlay.arguments, *follow_up.options)
    return MeasuringJob(run.name, run.seed, run.overlay, run.folder, command, run, run.wanted, follow_up)


def _largest_task_sets(configs: Sequence[str]) -> list[str]:
    """Return one config per dataset and task set, without task sets that are subsets of another one.

    Configs with more parts in their names may change the data, so their constants are not rows of a table.
    """
    parts = {config: tuple(run_name(config).partition('/')[2].split('_')) for config in configs}
    found = {part: config for config, part in parts.items() if len(part) == 2}
    return [
        config
        for (tasks, dataset), config in found.items()
        if not any(dataset == other and set(tasks) < set(more) for more, other in found)
    ]
