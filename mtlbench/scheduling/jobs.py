"""The runs that a benchmark asks for, and the commands that make them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mtlbench.config.files import find_config, has_config
from mtlbench.errors import ConfigError, DataError
from mtlbench.records.extra_measures import with_further_measures
from mtlbench.records.identity import UPDATES, covers, listed
from mtlbench.records.paths import RESULT_FILE, overlay_name, run_dir, run_name, trivial_name
from mtlbench.records.record import ResultRecord
from mtlbench.scheduling.follow_up import Later

DATA_KEYS = ('tasks', 'train_dataloader', 'val_dataloader', 'data')
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
class Composer:
    """What the composed configs say; by default nothing is known of them.

    Args:
        source_of: Gives the config whose runs a config starts from.
        config_of: Gives the composed config, as plain dicts, with the seed of the run.
        may_change: Keys that may differ from those that a run was made with so far.
    """

    source_of: Callable[[str], str | None] = lambda config: None
    config_of: Callable[[str, int], Mapping[str, Any] | None] = lambda config, seed: None
    may_change: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What the record of a run must have been made with.

    Args:
        config: The composed config.
        may_change: Keys that may differ.
        concerns: The keys that matter; none for all.
        source: The run that gives the first weights.
    """

    config: Mapping[str, Any]
    may_change: Sequence[str] = ()
    concerns: Sequence[str] = ()
    source: Job | None = None

    def reached_by(self, record: ResultRecord, path: Path) -> bool:
        """Whether a record is of the run wanted, rather than of one that has yet to go on with changes.

        Raises:
            DataError: When it was made with other settings, none of which was named.
        """
        found = [one for one in record.differences(self.config) if not self.concerns or covers(self.concerns, one.key)]
        refused = [one for one in found if not covers(self.may_change, one.key)]
        if refused:
            raise DataError(
                f'record {path} was made with other settings: {listed(refused)}; move it away or delete it, '
                'give a --work-dir of its own, or go on with that run by --change and the keys'
            )
        self._require_source(record, path)
        return not any(one.key == UPDATES for one in found)

    def _require_source(self, record: ResultRecord, path: Path) -> None:
        source = self.source.result() if self.source and not self.may_change else None
        if source and record.started_from and record.started_from != source.as_source:
            raise DataError(
                f'record {path} is of a run that was started from another run of {source.name} than there is now; move '
                'it away or delete it'
            )


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
        wanted: What its record must have been made with; None where that is not known.
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
        return record if self.wanted is None or self.wanted.reached_by(record, path) else None


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


NOTHING_KNOWN = Composer()


def plan(
    configs: Sequence[str],
    seeds: Sequence[int],
    overlay: Overlay,
    work_dir: str | Path,
    trivial: bool = True,
    command: Sequence[str] = TRAIN,
    composer: Composer = NOTHING_KNOWN,
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
        composer: What the configs say. Runs that others start from come first, once however many start from them.
        later: What is measured of the runs of a config when they have finished.

    Raises:
        ConfigError: When configs start from each other in a circle, or two of them share one folder.
    """
    _require_folders_of_their_own(configs)
    trivials = _largest_task_sets(configs) if trivial else []
    jobs = [_trivial_job(config, overlay, work_dir, composer) for config in trivials]
    plans = _Plans(overlay, work_dir, command, composer)
    for seed in seeds:
        for config in configs:
            run = plans.add(config, seed)
            plans.measures += [_measuring_job(run, config, asked) for asked in later.get(config, ())]
    return [*jobs, *plans.jobs.values(), *dict.fromkeys(plans.measures)]


class _Plans:
    """Training runs, each once, behind the run that it starts from."""

    def __init__(self, overlay: Overlay, work_dir: str | Path, command: Sequence[str], composer: Composer) -> None:
        self.overlay, self.work_dir, self.command, self.composer = overlay, work_dir, command, composer
        self.jobs: dict[Path, Job] = {}
        self.measures: list[MeasuringJob] = []

    def add(self, config: str, seed: int, heirs: tuple[str, ...] = ()) -> Job:
        """The job of a config; ``heirs`` are the configs that start from it."""
        name = run_name(config)
        if name in heirs:
            raise ConfigError(f"'starts_from' goes in a circle: {' from '.join((*heirs, name))}; take one of them out")
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
    """Refuse two configs that would live in one folder, which has their method's and their own name."""
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
    # A constant depends on the data and the labels alone.
    return Job(name, 0, overlay, folder, command, wanted=_wanted(composer, config, 0, DATA_KEYS))


def _measuring_job(run: Job, config: str, later: Later) -> MeasuringJob:
    tool = (sys.executable, '-m', f'mtlbench.cli.{later.tool}')
    command = (*tool, config, str(run.folder), *run.overlay.arguments, *later.options)
    return MeasuringJob(run.name, run.seed, run.overlay, run.folder, command, run, run.wanted, later)


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
