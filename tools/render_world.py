"""Runs ``mtlbench.cli.render_world``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.render_world import main

if __name__ == '__main__':
    friendly(main)
