"""Runs ``mtlbench.cli.convert_checkpoint``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.convert_checkpoint import main

if __name__ == '__main__':
    friendly(main)
