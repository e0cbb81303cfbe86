"""Arguments and the parser that all tools share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn

from mtlbench.cli.friendly import DEBUG_VARIABLE, USAGE, friendly
from mtlbench.cli.options import OptionsAction
from mtlbench.config import renamed
from mtlbench.config.files import list_recipes
from mtlbench.utils.choices import did_you_mean
from mtlbench.utils.command import as_typed, typed

if TYPE_CHECKING:
    from mtlbench.engine.launch import RunRequest

__all__ = [
    'ToolParser',
    'add_bench_arguments',
    'add_config_arguments',
    'add_run_argument',
    'friendly',
    'parse_size',
    'run_request',
    'whole',
]


class ToolParser(argparse.ArgumentParser):
    """Argument parser of a tool: prints errors as one line and adds ``--debug``.

    Args:
        command: Command of the tool, such as ``train``; None for the parser of a subcommand, which has a ``prog``.
        options: Options of ``argparse.ArgumentParser``. Commands in its texts are shown as the user types them.
    """

    def __init__(self, command: str | None = None, **options: Any) -> None:
        self._intermixed = False
        options = {'formatter_class': _Formatter, **options}
        if command is not None:
            options['prog'] = typed(command)
        texts = {key: as_typed(text) for key, text in options.items() if key in ('description', 'epilog') and text}
        super().__init__(**{**options, **texts})
        self.add_argument('--debug', action=_Debug, nargs=0, help='print the traceback of an error')

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse arguments; positional arguments may precede, follow or separate options."""
        if self._subparsers is not None:
            return super().parse_args(args, namespace)
        self._intermixed = True
        found, unknown = self.parse_known_intermixed_args(args, namespace)
        self._reject(unknown)
        return found

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse arguments and reject unknown ones, except those that :meth:`parse_args` examines in a second pass."""
        found, unknown = super().parse_known_args(args, namespace)
        if not self._intermixed:
            self._reject(unknown)
        return found, unknown

    def _reject(self, unknown: Sequence[str]) -> None:
        if unknown:
            name = unknown[0].partition('=')[0]
            known = self._option_string_actions
            new = renamed.OPTIONS.get(name)
            hint = f'; did you mean {new}?' if new in known else did_you_mean(name, known)
            self.error(f'unrecognized arguments: {" ".join(unknown)}{hint}')

    def error(self, message: str) -> NoReturn:
        """Exit with one line."""
        self.exit(USAGE, f'error: {" ".join(message.split())}; see {self.prog} --help\n')


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Wrap texts of one paragraph and keep the layout of all others."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        formatter = argparse.RawDescriptionHelpFormatter if '\n' in text.strip() else argparse.HelpFormatter
        return formatter._fill_text(self, text, width, indent)


class _Debug(argparse.Action):
    """Set the environment variable that :func:`friendly` reads and child processes inherit."""

    def __call__(self, *_: object) -> None:
        os.environ[DEBUG_VARIABLE] = '1'


def whole(least: int) -> Callable[[str], int]:
    """Return an argument type that accepts whole numbers of at least ``least``."""

    def whole_number(text: str) -> int:
        number = int(text) if text.removeprefix('-').isdecimal() and text.isascii() else None
        if number is None or number < least:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {least}, got '{text}'")
        return number

    return whole_number


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that selects a trained network, which is parsed as ``checkpoint``."""
    parser.add_argument(
        'checkpoint',
        metavar='RUN',
        help='checkpoint (.pth), exported weights (.safetensors), or a run folder, which stands for its newest '
        'checkpoint',
    )


def add_config_arguments(parser: argparse.ArgumentParser, optional: bool = False, name: str = 'config') -> None:
    """Add the arguments that select a config and its overlays.

    Args:
        parser: Parser to extend.
        optional: Make the config optional, for tools that can read it from a checkpoint.
        name: Name of the argument; ``--config`` makes it an option.
    """
    from_checkpoint = optional or name.startswith('-')
    parser.add_argument(
        name,
        nargs='?' if optional else None,
        help='config file, or its name such as xtam/sdn_vkitti2'
        + (' (default: the config of the checkpoint)' if from_checkpoint else ''),
    )
    parser.add_argument(
        '--profile',
        default='full',
        help="scale of the run: 'full' (default) for the paper's sizes, 'mini' (minutes on a laptop) or 'small' (a "
        'quarter of an hour on two cores) on rendered data, or the path of an overlay',
    )
    parser.add_argument(
        '--recipe',
        default='paper',
        choices=list_recipes(),
        help="variant of the method: 'paper' (default) follows the paper, 'reference' the authors' released code, "
        "'sgdepth' (configs of robust) other code of the same authors",
    )
    parser.add_argument(
        '--data-root',
        '--root',
        help='folder of the dataset, or of all datasets of the config (default: as in the config)',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=OptionsAction,
        default={},
        metavar='KEY=VALUE',
        help='override keys of the config, such as train_cfg.max_iters=100 model.network.encoder.weights=None',
    )


def add_bench_arguments(parser: argparse.ArgumentParser, size: str) -> None:
    """Add the arguments of measurements of training steps.

    Args:
        parser: Parser to extend.
        size: Default size of the images.
    """
    parser.add_argument('--size', type=parse_size, default=size, help=f'image size, HEIGHTxWIDTH (default: {size})')
    parser.add_argument('--batch-size', type=whole(1), default=2, help='images per stream (default: 2)')
    parser.add_argument(
        '--rounds', type=whole(1), default=3, help='measured rounds after one warm-up round (default: 3)'
    )


def run_request(args: argparse.Namespace) -> RunRequest:
    """Return the run that the parsed arguments of a tool request."""
    from mtlbench.engine.launch import RunRequest

    given = {**vars(args), 'options': args.cfg_options}
    return RunRequest(**{field.name: given[field.name] for field in fields(RunRequest) if field.name in given})


def parse_size(text: str) -> tuple[int, int]:
    """Parse ``HEIGHTxWIDTH`` for argparse, such as ``160x512``."""
    height, _, width = text.partition('x')
    if not (height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH such as 160x512, got '{text}'")
    return int(height), int(width)
