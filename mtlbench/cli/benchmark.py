"""``mtlbench benchmark``: train the runs of a table and print it."""

from __future__ import annotations

import argparse
import sys

from mtlbench.cli import benchmark_run, benchmark_share, benchmark_show
from mtlbench.cli.arguments import ToolParser, friendly
from mtlbench.cli.friendly import REPEAT

DESCRIPTION = """Train the runs behind a published table and print it with measured beside published values.

  run     Train configs or whole suites with several seeds. Run the same command again to skip finished runs and
          continue interrupted ones. Several processes can share a work directory.
  report  Print tables from the result records (result.json) of finished runs.
  list    List the suites (published tables and figures) and their finished runs.
  export  Pack records into one file.
  import  Add the records of such a file.
"""
EXAMPLES = """examples:
  mtlbench benchmark list
  mtlbench benchmark run xtam_t1_vkitti2_sd --profile mini --seeds 1      minutes, rendered data
  mtlbench benchmark run xtam_t1_vkitti2_sd --jobs 4                      the paper's table, 3 seeds
  mtlbench benchmark run xtam/sd_vkitti2 configs/mine/sd_vkitti2.py --seed 7 8   your own configs
  mtlbench benchmark report xtam_t1_vkitti2_sd configs/mine/sd_vkitti2.py --format markdown
  mtlbench benchmark report --format html --out report                    web pages: open report/index.html
"""
GO_ON = REPEAT
COMMANDS = {
    'run': benchmark_run.run,
    'report': benchmark_show.report,
    'list': benchmark_show.show_suites,
    'export': benchmark_share.export_package,
    'import': benchmark_share.import_package,
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser('benchmark', description=DESCRIPTION, epilog=EXAMPLES)
    commands = parser.add_subparsers(dest='command', required=True, metavar='{run,report,list,export,import}')
    run = commands.add_parser('run', help='train runs', description=benchmark_run.DESCRIPTION, epilog=EXAMPLES)
    benchmark_run.add_arguments(run)
    report = commands.add_parser('report', help='print tables', epilog=EXAMPLES)
    benchmark_show.add_report_arguments(report)
    shown = commands.add_parser('list', help='list suites')
    benchmark_show.add_list_arguments(shown)
    packed = commands.add_parser('export', help='pack records into one file', description=benchmark_share.EXPORT)
    benchmark_share.add_export_arguments(packed)
    unpacked = commands.add_parser('import', help='add the records of a file', description=benchmark_share.IMPORT)
    benchmark_share.add_import_arguments(unpacked)
    for command in (run, report, shown, packed, unpacked):
        command.add_argument(
            '--work-dir', default=benchmark_show.WORK_DIR, help='work directory with the runs (default: %(default)s)'
        )
    return parser


def main() -> None:
    """Run the selected command."""
    args = build_parser().parse_args()
    sys.exit(COMMANDS[args.command](args))


if __name__ == '__main__':
    friendly(main)
