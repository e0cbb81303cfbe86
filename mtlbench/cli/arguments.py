"""The arguments that the tools share, and how they report errors."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING

from mtlbench.config_files import list_recipes
from mtlbench.errors import MTLBenchError

if TYPE_CHECKING:
    from mtlbench.engine.launch import RunRequest


def add_config_arguments(parser: argparse.ArgumentParser, optional: bool = False) -> None:
    """Which config, and what is laid over it; optional where a checkpoint, which knows its own, follows."""
    from mmengine.config import DictAction

    parser.add_argument(
        'config',
        nargs='?' if optional else None,
        help='a config file, or its name such as xtam/sdn_vkitti2'
        + (' (default: the config that the checkpoint was made with)' if optional else ''),
    )
    parser.add_argument(
        '--profile',
        default='full',
        help="'full' (default): the paper's sizes. 'mini': a small network, small pictures and few steps on the "
        'rendered world, minutes on a laptop. Or the path of an overlay of your own',
    )
    parser.add_argument(
        '--recipe',
        default='paper',
        choices=list_recipes(),
        help="'paper' (default): what the paper says. 'reference': what the authors' released code does. 'sgdepth': "
        'for the configs of robust, what other code of their authors does',
    )
    parser.add_argument('--data-root', '--root', help='read the datasets here instead of where the config says')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='override any key of the config, e.g. train_cfg.max_iters=100 model.network.encoder.weights=None',
    )


def positive(text: str) -> int:
    """A whole number of at least 1, as an argument's type."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got '{text}'")
    return int(text)


def run_request(args: argparse.Namespace) -> RunRequest:
    """What the parsed arguments of a tool ask of a run."""
    from mtlbench.engine.launch import RunRequest

    given = {**vars(args), 'options': args.cfg_options}
    return RunRequest(**{field.name: given[field.name] for field in fields(RunRequest) if field.name in given})


def friendly(main: Callable[[], None]) -> None:
    """Run a tool; an error that the user can mend is printed as one line, without a traceback.

    Set ``MTLBENCH_TRACEBACK=1`` to see where it was raised.
    """
    try:
        main()
    except MTLBenchError as error:
        if os.environ.get('MTLBENCH_TRACEBACK'):
            raise
        # An error of a loader's worker arrives with the worker's traceback in front of it.
        message = str(error).strip().splitlines()
        print(f'error: {message[-1] if "Traceback" in str(error) else " ".join(message)}', file=sys.stderr)
        sys.exit(1)
