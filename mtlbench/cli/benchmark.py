"""``tools/benchmark.py``: make the runs of a table, and print it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from prettytable import PrettyTable

from mtlbench.cli import benchmark_run
from mtlbench.cli.arguments import friendly
from mtlbench.errors import ConfigError
from mtlbench.leaderboard.grid import FORMATS
from mtlbench.leaderboard.paths import overlay_name, run_name
from mtlbench.leaderboard.record import ResultRecord, find_records
from mtlbench.leaderboard.selection import select
from mtlbench.leaderboard.suites import all_suites
from mtlbench.leaderboard.table import tables

DESCRIPTION = """Makes the runs behind a table and prints the table, measured beside published.

  run     trains configs or a whole suite with several seeds. Started again, it passes over what has finished and goes
          on with what was cut off, so it may be interrupted at any time. Two of them may share a work dir.
  report  prints tables from the result records (result.json) of finished runs, and from nothing else.
  list    shows the suites (the published tables that can be run), and which runs have finished.
"""
EXAMPLES = """examples:
  python tools/benchmark.py list
  python tools/benchmark.py run xtam_t1_vkitti2_sd --profile mini --seeds 1      on a laptop, rendered data
  python tools/benchmark.py run xtam_t1_vkitti2_sd --jobs 4                      the paper's table, 3 seeds
  python tools/benchmark.py run xtam/sd_vkitti2 configs/mine/sd_vkitti2.py --seeds 1 2   configs of one's own
  python tools/benchmark.py report --suite xtam_t1_vkitti2_sd configs/mine/sd_vkitti2.py --format markdown
"""


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog='benchmark.py', description=DESCRIPTION, epilog=EXAMPLES, formatter_class=raw)
    commands = parser.add_subparsers(dest='command', required=True, metavar='{run,report,list}')
    run = commands.add_parser(
        'run', help='make runs', description=benchmark_run.DESCRIPTION, epilog=EXAMPLES, formatter_class=raw
    )
    benchmark_run.add_arguments(run)
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


def _records(work_dir: str) -> list[ResultRecord]:
    found = find_records(work_dir)
    for message in found.damaged:
        print(f'warning: left out: {message}', file=sys.stderr)
    return found.records


def main() -> None:
    """Run the command asked for."""
    args = build_parser().parse_args()
    sys.exit({'run': benchmark_run.run, 'report': report, 'list': show_suites}[args.command](args))


if __name__ == '__main__':
    friendly(main)
