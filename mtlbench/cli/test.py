"""``mtlbench test``: evaluate a checkpoint."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, add_config_arguments, add_run_argument, friendly, run_request
from mtlbench.errors import DataError


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'test',
        description='Evaluate a checkpoint on the validation data of its config and print every metric.',
        epilog='example:\n  mtlbench test work_dirs/.../seed42',
    )
    add_config_arguments(parser, optional=True)
    add_run_argument(parser)
    parser.add_argument(
        '--best',
        action='store_true',
        help='take the best checkpoint of the run folder, kept by default_hooks.checkpoint.save_best, not the newest',
    )
    parser.add_argument('--work-dir', help="folder for the log (default: 'test' in the run folder)")
    parser.add_argument('--out', type=Path, metavar='FILE', help='also write the metrics to this json file')
    parser.add_argument(
        '--draw', type=Path, metavar='DIR', help='also draw the predictions of every image beside the ground truth'
    )
    parser.add_argument(
        '--launcher',
        default='none',
        choices=['none', 'pytorch', 'slurm'],
        help='launcher of the processes (default: none)',
    )
    return parser


def main() -> None:
    """Evaluate the checkpoint and print one line per metric."""
    args = build_parser().parse_args()
    from prettytable import PrettyTable

    from mtlbench.engine.launch import chosen_checkpoint, test
    from mtlbench.utils.output import require_other, require_own, writable_folder
    from mtlbench.utils.terminal import fitted

    if args.out:
        require_other(args.out, *filter(None, (args.checkpoint, args.config)))
        require_metrics(args.out)
    if args.draw:
        require_own(writable_folder(args.draw), '[0-9]*_*.png', 'panels of a test')
    checkpoint = chosen_checkpoint(args.checkpoint, args.best)
    print(f'checkpoint: {checkpoint}{choice_of(Path(args.checkpoint), args.best)}')
    metrics = test(run_request(args), str(checkpoint), args.draw and str(args.draw))
    table = PrettyTable(['metric', 'value'], align='l')
    table.add_rows([[name, f'{value:.4f}'] for name, value in metrics.items()])
    print(fitted(table), flush=True)
    if args.out:
        write_metrics(args.out, metrics)


def choice_of(run: Path, best: bool) -> str:
    """Return which checkpoint of a run folder is evaluated, and how to choose the other one."""
    from mtlbench.engine.hooks.best import best_checkpoints

    if best or not run.is_dir():
        return ' (best)' if best else ''
    other = next((path.name for path in reversed(best_checkpoints(run))), None)
    return f' (newest; --best takes {other})' if other else ' (newest)'


def require_metrics(path: Path) -> None:
    """Require that a file is new or contains metrics of this tool.

    Raises:
        DataError: If it contains anything else.
    """
    if not path.exists():
        return
    try:
        held = json.loads(path.read_text(encoding='utf-8'))
        known = isinstance(held, dict) and all(
            value is None or isinstance(value, int | float) for value in held.values()
        )
    except (OSError, ValueError, RecursionError):
        known = False
    if not known:
        raise DataError(f'--out {path} contains something else than metrics and is not overwritten; use another file')


def write_metrics(path: Path, metrics: Mapping[str, float]) -> None:
    """Write metrics as json, with null for undefined values."""
    from mtlbench.utils.json_files import encode_json
    from mtlbench.utils.output import clear_half_written, write_whole

    clear_half_written(path.parent)
    write_whole(path, encode_json(metrics, indent=2).encode())


if __name__ == '__main__':
    friendly(main)
