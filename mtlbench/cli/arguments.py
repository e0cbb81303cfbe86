"""The arguments that the tools share, and how they report errors."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn

from mtlbench.cli.friendly import DEBUG_VARIABLE, USAGE, friendly
from mtlbench.cli.options import OptionsAction
from mtlbench.config.files import list_recipes

if TYPE_CHECKING:
    from mtlbench.engine.launch import RunRequest

__all__ = ['ToolParser', 'add_config_arguments', 'friendly', 'parse_size', 'run_request', 'whole']


class ToolParser(argparse.ArgumentParser):
    """The parser of a tool: descriptions stay as they are written, an error is one line, and there is ``--debug``.

    Args:
        options: Those of ``argparse.ArgumentParser``.
    """

    def __init__(self, **options: Any) -> None:
        self._intermixed = False
        super().__init__(**{'formatter_class': argparse.RawDescriptionHelpFormatter, **options})
        self.add_argument('--debug', action=_Debug, nargs=0, help='show where an error was raised (traceback)')

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse; positional arguments may stand before, between and behind options."""
        if self._subparsers is not None:
            return super().parse_args(args, namespace)
        self._intermixed = True
        found, unknown = self.parse_known_intermixed_args(args, namespace)
        self._refuse(unknown)
        return found

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse; nothing unknown is passed over, but for what :meth:`parse_args` looks at in a second pass."""
        found, unknown = super().parse_known_args(args, namespace)
        if not self._intermixed:
            self._refuse(unknown)
        return found, unknown

    def _refuse(self, unknown: Sequence[str]) -> None:
        if unknown:
            near = difflib.get_close_matches(unknown[0].partition('=')[0], self._option_string_actions, n=3)
            hint = f'; did you mean {" or ".join(near)}?' if near else ''
            self.error(f'unrecognized arguments: {" ".join(unknown)}{hint}')

    def error(self, message: str) -> NoReturn:
        """End with one line."""
        self.exit(USAGE, f'error: {" ".join(message.split())}; see {self.prog} --help\n')


class _Debug(argparse.Action):
    """Sets the variable that :func:`friendly` looks at, which child processes inherit."""

    def __call__(self, *_: object) -> None:
        os.environ[DEBUG_VARIABLE] = '1'


def whole(least: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number of at least ``least``."""

    def whole_number(text: str) -> int:
        number = int(text) if text.removeprefix('-').isdecimal() and text.isascii() else None
        if number is None or number < least:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {least}, got '{text}'")
        return number

    return whole_number


def add_config_arguments(parser: argparse.ArgumentParser, optional: bool = False) -> None:
    """Which config, and what is laid over it; optional where a checkpoint, which knows its own, follows."""
    parser.add_argument(
        'config',
        nargs='?' if optional else None,
        help='a config file, or its name such as xtam/sdn_vkitti2'
        + (' (default: the config that the checkpoint was made with)' if optional else ''),
    )
    parser.add_argument(
        '--profile',
        default='full',
        help="'full' (default): the paper's sizes. 'mini': a small network, small images and few steps on the "
        'rendered world, minutes on a laptop. Or the path of an overlay of your own',
    )
    parser.add_argument(
        '--recipe',
        default='paper',
        choices=list_recipes(),
        help="'paper' (default): what the paper says. 'reference': what the authors' released code does. 'sgdepth': "
        'for the configs of robust, what other code of their authors does',
    )
    parser.add_argument(
        '--data-root',
        '--root',
        help='read the dataset here instead of where the config says; several datasets: the folder of theirs',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=OptionsAction,
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


def parse_size(text: str) -> tuple[int, int]:
    """Parse ``HEIGHTxWIDTH`` for argparse, such as ``160x512``."""
    height, _, width = text.partition('x')
    if not (height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise argparse.ArgumentTypeError(f"'{text}' is not HEIGHTxWIDTH, such as 160x512")
    return int(height), int(width)
