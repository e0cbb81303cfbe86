"""``mtlbench config``: a composed config, with the file and line that set each value."""

from __future__ import annotations

import argparse
import sys

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly
from mtlbench.config.files import list_profiles, list_recipes

EXAMPLES = """examples:
  mtlbench config xtam/sdn_vkitti2                          each value, and what set it
  mtlbench config xtam/sdn_vkitti2 --profile mini | grep mini     what the profile set
  mtlbench config xtam/sdn_vkitti2 --diff mtl/sdn_vkitti2         what another config sets differently
  mtlbench config xtam/sdn_vkitti2 --diff mini              the same config at another profile
  mtlbench config xtam/sdn_vkitti2 --diff reference         the same config by another recipe
"""


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = ToolParser(
        'config',
        description='Prints a composed config: each value with the file and line that set it, and the profile, recipe '
        'or option where one did.',
        epilog=EXAMPLES,
    )
    add_config_arguments(parser)
    parser.add_argument(
        '--diff',
        metavar='OTHER',
        help='print what differs (-: CONFIG, +: OTHER). OTHER is a config, at the same profile, recipe and options; or '
        f'a profile ({", ".join(list_profiles())}) or recipe ({", ".join(list_recipes())}) of the same config',
    )
    return parser


def main() -> None:
    """Compose and print."""
    args = build_parser().parse_args()
    from mtlbench.config.origins import load_with_origins
    from mtlbench.config.shown import show, show_difference
    from mtlbench.utils.terminal import terminal_width

    width = terminal_width() if sys.stdout.isatty() else sys.maxsize  # a line for each value, for who searches them
    given = (args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    cfg, origins = load_with_origins(*given)
    if args.diff is None:
        lines = show(cfg, origins, width)
    else:
        other, others = load_with_origins(*other_than(given, args.diff))
        lines = show_difference((cfg, origins), (other, others), width)
    print('\n'.join(lines or ['no difference']))


def other_than(given: tuple, other: str) -> tuple:
    """Return the arguments of what a config is compared with: another config, or itself with another overlay."""
    config, profile, recipe, *rest = given
    if other in list_profiles():
        return config, other, recipe, *rest
    return (config, profile, other, *rest) if other in list_recipes() else (other, profile, recipe, *rest)


if __name__ == '__main__':
    friendly(main)
