"""``tools/benchmark.py``: make the runs of a table, and print it."""

from __future__ import annotations

import argparse
import sys

from mtlbench.cli import benchmark_run, benchmark_share, benchmark_show
from mtlbench.cli.arguments import ToolParser, friendly

DESCRIPTION = """Makes the runs behind a table and prints the table, measured beside published.

  run     trains configs or a whole suite with several seeds. Started again, it passes over what has finished and goes
          on with what was cut off, so it may be interrupted at any time. Two of them may share a work dir.
  report  prints tables from the result records (result.json) of finished runs, and from nothing else.
  list    shows the suites (the published tables and figures), and which runs have finished.
  export  packs records into one file; import takes in such a file of somebody else.
"""
EXAMPLES = """examples:
  python tools/benchmark.py list
  python tools/benchmark.py run xtam_t1_vkitti2_sd --profile mini --seeds 1      on a laptop, rendered data
  python tools/benchmark.py run xtam_t1_vkitti2_sd --jobs 4                      the paper's table, 3 seeds
  python tools/benchmark.py run xtam/sd_vkitti2 configs/mine/sd_vkitti2.py --seed 7 8   configs of one's own
  python tools/benchmark.py report xtam_t1_vkitti2_sd configs/mine/sd_vkitti2.py --format markdown
  python tools/benchmark.py report --format html --out report                    pages: open report/index.html
"""
GO_ON = 'the same command goes on from here'
COMMANDS = {
    'run': benchmark_run.run,
    'report': benchmark_show.report,
    'list': benchmark_show.show_suites,
    'export': benchmark_share.export_package,
    'import': benchmark_share.import_package,
}


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = ToolParser(prog='benchmark.py', description=DESCRIPTION, epilog=EXAMPLES)
    commands = parser.add_subparsers(dest='command', required=True, metavar='{run,report,list,export,import}')
    run = commands.add_parser('run', help='make runs', description=benchmark_run.DESCRIPTION, epilog=EXAMPLES)
    benchmark_run.add_arguments(run)
    report = commands.add_parser('report', help='print tables', epilog=EXAMPLES)
    benchmark_show.add_report_arguments(report)
    shown = commands.add_parser('list', help='show the suites')
    benchmark_show.add_list_arguments(shown)
    packed = commands.add_parser('export', help='pack records into one file', description=benchmark_share.EXPORT)
    benchmark_share.add_export_arguments(packed)
    unpacked = commands.add_parser('import', help='take in such a file', description=benchmark_share.IMPORT)
    benchmark_share.add_import_arguments(unpacked)
    for command in (run, report, shown, packed, unpacked):
        command.add_argument(
            '--work-dir', default=benchmark_show.WORK_DIR, help='where the runs live (default: %(default)s)'
        )
    return parser


def main() -> None:
    """Run the command asked for."""
    args = build_parser().parse_args()
    sys.exit(COMMANDS[args.command](args))


if __name__ == '__main__':
    friendly(main)
