"""``tools/benchmark.py``: make the runs of a table, and print it."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from prettytable import PrettyTable

from mtlbench.cli.arguments import friendly
from mtlbench.errors import ConfigError
from mtlbench.leaderboard.grid import FORMATS
from mtlbench.leaderboard.jobs import Overlay, plan
from mtlbench.leaderboard.paths import overlay_name, run_name
from mtlbench.leaderboard.record import ResultRecord, find_records
from mtlbench.leaderboard.runner import FAILED, Runner
from mtlbench.leaderboard.selection import select
from mtlbench.leaderboard.suites import all_suites, find_suite
from mtlbench.leaderboard.table import tables

DESCRIPTION = """Makes the runs behind a table and prints the table, measured beside published.

  run     trains configs or a whole suite with several seeds. Started again, it passes over what has finished and goes
          on with what was cut off, so it may be interrupted at any time. Two of them may share a work dir.
  report  prints tables from the result records (result.json) of finished runs, and from nothing else.
  list    shows the suites (the published tables that can be run), and which runs have finished.
"""
EXAMPLES = """examples:
  python tools/benchmark.py list
  python tools/benchmark.py run --suite xtam_t1_vkitti2_sd --profile mini --seeds 1      on a laptop, rendered data
  python tools/benchmark.py run --suite xtam_t1_vkitti2_sd --jobs 4                      the paper's table, 3 seeds
  python tools/benchmark.py run xtam/sd_vkitti2 configs/mine/sd_vkitti2.py --seeds 1 2   configs of one's own
  python tools/benchmark.py report --suite xtam_t1_vkitti2_sd configs/mine/sd_vkitti2.py --format markdown
"""


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog='benchmark.py', description=DESCRIPTION, epilog=EXAMPLES, formatter_class=raw)
    commands = parser.add_subparsers(dest='command', required=True, metavar='{run,report,list}')
    run = commands.add_parser('run', help='make runs', epilog=EXAMPLES, formatter_class=raw)
    _add_choice(run)
    run.add_argument('--seeds', nargs='+', type=int, default=[1, 2, 3], help='seeds of each config (default: 1 2 3)')
    run.add_argument('--profile', default='full', help="'full' (default), 'mini', or the path of an overlay")
    run.add_argument(
        '--recipe', default='paper', choices=['paper', 'reference'], help="'paper' (default) or 'reference'"
    )
    run.add_argument('--data-root', help='read the datasets here instead of where the configs say')
    run.add_argument('--jobs', type=int, default=1, help='runs at a time (default: 1)')
    run.add_argument(
        '--trivial',
        action=argparse.BooleanOptionalAction,
        default=True,
        help='also measure constant predictions, which every method must beat (default: yes)',
    )
    report = commands.add_parser('report', help='print tables', epilog=EXAMPLES, formatter_class=raw)
    _add_choice(report)
    report.add_argument('--profile', help='only runs with this profile (default: tables of every profile)')
    report.add_argument('--format', default='text', choices=list(FORMATS), help='(default: text)')
    shown = commands.add_parser('list', help='show the suites')
    for command in (run, report, shown):
        command.add_argument('--work-dir', default='work_dirs', help='where the runs live (default: work_dirs)')
    return parser


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('config', nargs='*', help='config files, or their names such as xtam/sd_vkitti2')
    parser.add_argument(
        '--suite', action='append', default=[], metavar='ID', help="all rows of a suite; 'list' shows the ids"
    )


def run(args: argparse.Namespace) -> int:
    """Make the runs asked for.

    Returns:
        The exit status: 0, or 1 when a run failed.
    """
    configs = [*args.config, *(name for suite in args.suite for name in find_suite(suite).configs)]
    if not configs:
        raise ConfigError('nothing to run: name configs, or a suite by --suite; see: tools/benchmark.py list')
    if args.jobs < 1:
        raise ConfigError(f'--jobs is {args.jobs}, expected 1 or more')
    _check_configs(configs)
    jobs = plan(configs, args.seeds, Overlay(args.profile, args.recipe, args.data_root), args.work_dir, args.trivial)
    # A scheduler ends a job by SIGTERM; treat it as Ctrl-C, so that no run outlives the benchmark.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        outcomes = Runner(jobs, args.jobs, say=_say).run()
    except KeyboardInterrupt:
        _say('stopped; the same command goes on from here')
        return 130
    failed = [outcome for outcome in outcomes if outcome.state == FAILED]
    for outcome in failed:
        print(outcome, file=sys.stderr)
    return 1 if failed else 0


def report(args: argparse.Namespace) -> int:
    """Print the tables asked for."""
    records = _records(args.work_dir)
    if args.profile:
        records = [record for record in records if record.profile == overlay_name(args.profile)]
    suites = select(args.suite, args.config, records)
    grids = [grid for suite in suites for grid in tables(suite, records)]
    if not grids:
        raise ConfigError(f'no finished runs of these in {args.work_dir}; make some by: tools/benchmark.py run')
    print(FORMATS[args.format](grids))
    return 0


def show_suites(args: argparse.Namespace) -> int:
    """Print the suites, and the seeds that have finished."""
    records = _records(args.work_dir)
    table = PrettyTable(['suite', 'row', 'config', 'finished seeds'], align='l')
    for suite in all_suites().values():
        for row in suite.rows:
            for name in row.configs:
                table.add_row([suite.id, row.label, name, _finished(name, records)])
    print(table)
    return 0


def _finished(name: str, records: Sequence[ResultRecord]) -> str:
    seeds: dict[str, set[int]] = {}
    for record in records:
        if record.name == run_name(name):
            where = f'{record.profile}/{record.recipe}{" rendered" if record.rendered else ""}'
            seeds.setdefault(where, set()).add(record.seed)
    return '; '.join(f'{where}: {" ".join(map(str, sorted(done)))}' for where, done in sorted(seeds.items()))


def _check_configs(configs: Sequence[str]) -> None:
    """Find every config before the first run starts. Here, because it needs mmengine, which loads slowly."""
    from mtlbench.config import find_config

    for config in configs:
        find_config(config)


def _records(work_dir: str) -> list[ResultRecord]:
    found = find_records(work_dir)
    for message in found.damaged:
        print(f'warning: left out: {message}', file=sys.stderr)
    return found.records


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Run the command asked for."""
    args = build_parser().parse_args()
    sys.exit({'run': run, 'report': report, 'list': show_suites}[args.command](args))


if __name__ == '__main__':
    friendly(main)
