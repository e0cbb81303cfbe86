"""``mtlbench benchmark export`` and ``import``: packages of records."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.benchmark_show import of_profile, records_in
from mtlbench.leaderboard.suites import find_suite
from mtlbench.records.package import export_records, import_records

EXPORT = """Pack the result records of finished runs, without weights, into one file. A record contains the location of
the data on this machine (data_root); everything else describes the run.
"""
IMPORT = """Add the records of a package to the work directory, all of them or none. The package is rejected if a record
was changed, contradicts its config, or belongs to a run with a different record here.
"""


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that select the records and the file."""
    parser.add_argument('file', type=Path, metavar='OUT.zip', help='file to write')
    parser.add_argument(
        '--suite', action='append', default=[], metavar='ID', help='only runs of this suite (default: all runs)'
    )
    parser.add_argument('--profile', help='only runs with this profile')


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the file."""
    parser.add_argument('file', type=Path, metavar='FILE.zip', help='file written by export')


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
    print(f'{len(done.added)} records imported, {len(done.known)} already present')
    return 0
