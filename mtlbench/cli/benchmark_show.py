"""``mtlbench benchmark report`` and ``list``: tables of records and lists of suites."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mtlbench.errors import ConfigError
from mtlbench.leaderboard.suites import all_suites, find_suite
from mtlbench.leaderboard.tables.formats import FORMATS
from mtlbench.leaderboard.tables.overview import rows_table, suites_table
from mtlbench.leaderboard.tables.selection import select
from mtlbench.leaderboard.tables.table import tables
from mtlbench.records.paths import overlay_name
from mtlbench.records.record import ResultRecord, find_records
from mtlbench.records.unfinished import find_unfinished
from mtlbench.utils.command import typed
from mtlbench.utils.printable import printable
from mtlbench.utils.terminal import wrapped

HTML = 'html'
WORK_DIR = 'work_dirs'


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that select the tables and their format."""
    parser.add_argument(
        'what',
        nargs='*',
        metavar='SUITE|CONFIG',
        help='suite ids or configs; a config becomes an extra row of a suite (default: everything with runs)',
    )
    parser.add_argument('--suite', action='append', default=[], metavar='ID', help='same as naming the suite')
    parser.add_argument('--all', action='store_true', help='print every suite, including those without runs')
    parser.add_argument('--profile', help='only runs with this profile (default: all profiles)')
    parser.add_argument('--format', default='text', choices=[*FORMATS, HTML], help='output format (default: text)')
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder for the html pages')


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the argument that selects the suites."""
    parser.add_argument(
        'suites', nargs='*', metavar='SUITE', help='list the rows of these suites (default: list all suites)'
    )


def report(args: argparse.Namespace) -> int:
    """Print the requested tables or write them as web pages."""
    if (args.format == HTML) != (args.out is not None):
        raise ConfigError('--format html and --out DIR must be given together; DIR is the folder for the pages')
    records, unfinished = records_in(args.work_dir), find_unfinished(args.work_dir)
    if args.profile:
        records = of_profile(records, args.profile)
        unfinished = [run for run in unfinished if run.profile == overlay_name(args.profile)]
    configs = [word for word in args.what if is_config(word)]
    ids = [*args.suite, *(word for word in args.what if not is_config(word)), *(all_suites() if args.all else ())]
    suites = select(list(dict.fromkeys(ids)), configs, records)
    made = [(suite, tables(suite, records, unfinished)) for suite in suites]
    if not made:
        what = ' '.join(args.what) or 'SUITE'
        raise ConfigError(
            f'no finished runs{" of these" if args.what else ""} in {args.work_dir}; train some with: '
            f'mtlbench benchmark run {what}'
        )
    if args.format == HTML:
        from mtlbench.leaderboard.html import write_report

        for message in write_report(made, records, Path(args.work_dir), args.out):
            print(f'warning: skipped: {printable(message)}', file=sys.stderr)
        print(args.out / 'index.html')
        return 0
    print(FORMATS[args.format]([grid for _, grids in made for grid in grids]))
    return 0


def show_suites(args: argparse.Namespace) -> int:
    """List the suites, or the rows of the given ones."""
    records, unfinished = records_in(args.work_dir), find_unfinished(args.work_dir)
    if args.suites:
        text = '\n\n'.join(rows_table(find_suite(name), records, unfinished) for name in args.suites)
        print(printable(text, keep='\n'))
        return 0
    print(printable(suites_table(all_suites().values(), records, unfinished), keep='\n'))
    print(
        *wrapped([f'Runs needed: with three seeds. To list the rows of a suite: {typed("benchmark list SUITE")}']),
        sep='\n',
    )
    return 0


def is_config(word: str) -> bool:
    """Return true for a config, which has a folder or a suffix, and false for a suite id."""
    return '/' in word or word.endswith('.py')


def records_in(work_dir: str) -> list[ResultRecord]:
    """Return all records in a work directory; damaged ones are reported and skipped.

    Raises:
        ConfigError: If the folder does not exist. The default folder may be missing before the first run.
    """
    if not Path(work_dir).is_dir() and (Path(work_dir).exists() or work_dir != WORK_DIR):
        raise ConfigError(f'--work-dir {work_dir}: no such folder')
    found = find_records(work_dir)
    for message in found.damaged:
        print(f'warning: skipped: {printable(message)}', file=sys.stderr)
    return found.records


def of_profile(records: Sequence[ResultRecord], profile: str) -> list[ResultRecord]:
    """Return the records of runs with a profile.

    Raises:
        ConfigError: If there are records but none with this profile.
    """
    chosen = [record for record in records if record.profile == overlay_name(profile)]
    if records and not chosen:
        there = ', '.join(sorted({record.profile for record in records}))
        raise ConfigError(f"no finished runs with the profile '{profile}'; profiles with runs: {there}")
    return chosen
