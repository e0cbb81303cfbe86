"""``mtlbench benchmark run``: train the runs of suites and configs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from mtlbench.cli.arguments import whole
from mtlbench.cli.benchmark_show import is_config
from mtlbench.cli.friendly import Terminated
from mtlbench.config.files import list_recipes
from mtlbench.errors import ConfigError
from mtlbench.leaderboard.suites import find_suite
from mtlbench.records.paths import IMPORTS
from mtlbench.records.record import find_records
from mtlbench.scheduling.attempt import GPU_VARIABLE
from mtlbench.scheduling.follow_up import follow_ups_of
from mtlbench.scheduling.jobs import TRAIN, Composer, Job, MeasuringJob, Overlay, plan
from mtlbench.scheduling.outcome import FAILED, SKIPPED, Outcome
from mtlbench.scheduling.scheduler import Scheduler
from mtlbench.utils.command import typed

DESCRIPTION = """Train the runs of suites or configs, one process per run. You can interrupt the command at any time:
the same command then skips finished runs, continues interrupted runs and repeats failed runs. A failed run does not
stop the others. Failures are listed at the end, and the exit status is 1.
"""
CLUSTER_FOLDER = 'cluster'
CLUSTER_POLL_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that select the runs and the place where they execute."""
    parser.add_argument(
        'what', nargs='+', metavar='SUITE|CONFIG', help="suite ids (see 'list') or configs such as xtam/sd_vkitti2"
    )
    parser.add_argument(
        '--rows', nargs='+', default=[], metavar='ROW', help='only these rows of the suites, such as STL xTAM'
    )
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument(
        '--seeds', type=whole(1), default=3, metavar='N', help='train each config with seeds 1 to N (default: 3)'
    )
    seeds.add_argument(
        '--seed',
        nargs='+',
        type=whole(0),
        action=_Different,
        metavar='SEED',
        help='train each config with these seeds instead',
    )
    parser.add_argument(
        '--profile', default='full', help="'full' (default), 'mini', 'small', or the path of an overlay"
    )
    parser.add_argument(
        '--recipe',
        default='paper',
        choices=list_recipes(),
        help=f'variant of the method, see {typed("train --help")} (default: paper)',
    )
    parser.add_argument('--data-root', help='folder of the datasets (default: as in the configs)')
    parser.add_argument(
        '--change',
        nargs='+',
        default=[],
        metavar='KEY',
        help=f'settings that may differ from those of existing runs; see {typed("train --help")}',
    )
    parser.add_argument(
        '--trivial',
        action=argparse.BooleanOptionalAction,
        default=True,
        help='also measure the trivial baseline of constant predictions (default: yes)',
    )
    parser.add_argument(
        '--measure',
        action=argparse.BooleanOptionalAction,
        default=True,
        help='after each run, also measure the columns on perturbed images, other datasets or features (default: yes)',
    )
    parser.add_argument(
        '--log',
        nargs='+',
        action='extend',
        default=[],
        metavar='NAME',
        help=f'also log the runs with tensorboard, wandb or mlflow; see {typed("train --help")}',
    )
    where = parser.add_argument_group('execution')
    where.add_argument('--gpus', type=_gpus, default=(), help='GPUs to use, such as 0,1; each run gets one of them')
    where.add_argument('--jobs', type=whole(1), help='number of parallel runs (default: one per GPU; with slurm: all)')
    where.add_argument('--launcher', default='local', choices=['local', 'slurm'], help="'local' (default) or 'slurm'")
    where.add_argument(
        '--slurm',
        nargs='+',
        type=_pair,
        default=[],
        metavar='KEY=VALUE',
        help='options of the cluster, such as partition=gpu time=600 (minutes; default: one day) cpus_per_task=8 '
        'account=NAME qos=NAME mem=32GB (default: gpus_per_node=1)',
    )


def run(args: argparse.Namespace) -> int:
    """Train the requested runs.

    Returns:
        The exit status: 0, or 1 if a run failed.
    """
    from mtlbench.utils.output import writable_folder

    if args.log:
        from mtlbench.engine.hooks.watch import require_backends

        require_backends(args.log)
    overlay = Overlay(args.profile, args.recipe, args.data_root)
    configs = _configs(args.what, args.rows)
    seeds = args.seed or range(1, args.seeds + 1)
    follow_ups = follow_ups_of(find_suite(word) for word in args.what if not is_config(word)) if args.measure else {}
    composer = _composer(configs, overlay, args.change)
    command = (*TRAIN, *(f'--log={name}' for name in args.log))
    jobs = plan(configs, seeds, overlay, args.work_dir, args.trivial, command, composer, follow_ups)
    jobs = _without_imported(jobs, Path(args.work_dir))
    writable_folder(Path(args.work_dir))
    scheduler = _scheduler(args, len(jobs))(jobs)
    outcomes = _run(scheduler)
    wanting = [outcome for outcome in outcomes if outcome.state in (FAILED, SKIPPED)]
    for outcome in sorted(wanting, key=lambda outcome: outcome.state):
        print(outcome, file=sys.stderr)
    return 1 if any(outcome.state == FAILED for outcome in wanting) else 0


def _run(scheduler: Scheduler) -> list[Outcome]:
    """Execute the runs; on SIGTERM (from a scheduler) or Ctrl-C (from a user), end all of them first."""
    endings = {signal.SIGTERM: Terminated, signal.SIGINT: KeyboardInterrupt}
    received: list[int] = []

    def stop(number: int, _: object) -> None:
        received.append(number)
        scheduler.stop()

    before = {number: signal.signal(number, stop) for number in endings}
    try:
        outcomes = scheduler.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        raise endings[signal.Signals(received[0])]
    return outcomes


def _configs(what: Sequence[str], rows: Sequence[str]) -> list[str]:
    """Return the requested configs in order; report and skip those of suites that do not exist yet."""
    suites = [find_suite(word) for word in what if not is_config(word)]
    labels = dict.fromkeys(row.label for suite in suites for row in suite.rows)
    unknown = {row.lower() for row in rows} - {label.lower() for label in labels}
    if unknown:
        raise ConfigError(
            f'--rows: unknown row {", ".join(sorted(unknown))}; choose from: {", ".join(labels) or "none (no suite)"}'
        )
    chosen = {
        name
        for suite in suites
        for row in suite.rows
        if row.label.lower() in map(str.lower, rows)
        for name in row.configs
    }
    for name in dict.fromkeys(name for suite in suites for name in suite.missing if not rows or name in chosen):
        _say(f'{name}: skipped, this config does not exist yet')
    found = [name for suite in suites for name in suite.configs if not rows or name in chosen]
    configs = [*found, *(word for word in what if is_config(word))]
    if not configs:
        raise ConfigError('nothing to run: none of these configs exists yet; see mtlbench benchmark list')
    return configs


def _without_imported(jobs: Sequence[Job], work_dir: Path) -> list[Job]:
    """Drop jobs with imported records, except sources of other runs, because a record has no weights."""
    there = {record.run for record in find_records(work_dir / IMPORTS).records}
    sources = {job.after for job in jobs if not isinstance(job, MeasuringJob)}
    imported = [job for job in jobs if job.run in there and job not in sources]
    for job in imported:
        _say(f'{job}: skipped, its record was imported')
    return [job for job in jobs if job not in imported]


def _composer(configs: Sequence[str], overlay: Overlay, may_change: Sequence[str]) -> Composer:
    """Compose all configs, so that an invalid one is reported before the first run starts."""
    from mtlbench.config import load_config
    from mtlbench.engine.start import Start

    composed = cache(lambda config: load_config(config, overlay.profile, overlay.recipe, None, overlay.data_root))

    def source_of(config: str) -> str | None:
        start = Start.of(composed(config))
        return start.config if start else None

    def config_of(config: str, seed: int) -> dict[str, Any]:
        whole = composed(config).to_dict()
        return {**whole, 'randomness': {**whole['randomness'], 'seed': seed}}

    for config in configs:
        composed(config)
    return Composer(source_of, config_of, tuple(may_change))


def _scheduler(args: argparse.Namespace, count: int) -> Callable[..., Scheduler]:
    """Return a factory of schedulers with the requested number of slots, local or on the cluster."""
    if args.launcher == 'slurm':
        if args.gpus:
            raise ConfigError('--gpus applies to local runs only; on a cluster use --slurm gpus_per_node=1')
        from mtlbench.scheduling.cluster import Cluster

        cluster = Cluster(Path(args.work_dir) / CLUSTER_FOLDER, dict(args.slurm))
        return partial(
            Scheduler, slots=[None] * (args.jobs or count), say=_say, launch=cluster.launch, poll_s=CLUSTER_POLL_S
        )
    if args.slurm:
        raise ConfigError('--slurm applies to a cluster only; add --launcher slurm')
    if args.gpus and (args.jobs or 0) > len(args.gpus):
        raise ConfigError(
            f'--jobs {args.jobs} needs a GPU for each run, but --gpus lists {len(args.gpus)}; list more GPUs'
        )
    _check_gpus(args.gpus)
    slots = args.gpus[: args.jobs] or [None] * (args.jobs or 1)
    return partial(Scheduler, slots=slots, say=_say)


def _check_gpus(gpus: Sequence[str]) -> None:
    """Reject missing GPUs, because a run without a GPU would silently use the CPU."""
    import torch

    shown = os.environ.get(GPU_VARIABLE)
    there = shown.split(',') if shown else [str(index) for index in range(torch.cuda.device_count())]
    missing = [gpu for gpu in gpus if gpu.isdecimal() and gpu not in there]
    if missing:
        raise ConfigError(f'--gpus: no GPU {", ".join(missing)}; available: {", ".join(there) or "none"}')


class _Different(argparse.Action):
    """Accept distinct values only."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: object) -> None:
        twice = [value for value in values if values.count(value) > 1]
        if twice:
            raise argparse.ArgumentError(self, f'{twice[0]} is given twice')
        setattr(namespace, self.dest, values)


def _gpus(text: str) -> list[str]:
    gpus = [gpu.strip() for gpu in text.split(',')]
    if not all(gpus) or len(set(gpus)) < len(gpus):
        raise argparse.ArgumentTypeError(f"expected a list of GPUs such as 0,1, got '{text}'")
    return gpus


def _pair(text: str) -> tuple[str, str | int]:
    key, sign, value = text.partition('=')
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, got '{text}'")
    return key.replace('-', '_'), int(value) if value.isdigit() else value


def _say(line: str) -> None:
    print(line, flush=True)
