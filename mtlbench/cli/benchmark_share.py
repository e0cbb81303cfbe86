"""``tools/benchmark.py export`` and ``import``: records in one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.benchmark_show import of_profile, records_in
from mtlbench.leaderboard.suites import find_suite
from mtlbench.records.package import export_records, import_records

EXPORT = """Packs the result records of finished runs, not their weights, into one file. Where the data lay on this
machine (data_root) stands in a record; everything else is about the run.
"""
IMPORT = """Puts the records of a package below the work dir, all of them or none. It is refused, with the reason, when
a record was altered, does not fit its config, or is of a run that has another record here.
"""


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Which records, and where to."""
    parser.add_argument('file', type=Path, metavar='OUT.zip', help='the file to write')
    parser.add_argument(
        '--suite', action='append', default=[], metavar='ID', help='only the runs of this suite (default: all runs)'
    )
    parser.add_argument('--profile', help='only runs with this profile')


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file."""
    parser.add_argument('file', type=Path, metavar='FILE.zip', help='a file written by export')


def export_package(args: argparse.Namespace) -> int:
    """Write a package."""
    names = {name for suite in args.suite for name in find_suite(suite).names}
    chosen = [record for record in records_in(args.work_dir) if not names or record.name in names]
    if args.profile:
        chosen = of_profile(chosen, args.profile)
    print(f'{export_records(chosen, args.file)} records in {args.file}')
    return 0


def import_package(args: argparse.Namespace) -> int:
    """Read a package."""
    done = import_records(args.file, Path(args.work_dir))
    print(f'{len(done.added)} records imported, {len(done.known)} were there already')
    return 0
