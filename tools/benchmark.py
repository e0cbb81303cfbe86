"""Runs ``mtlbench.cli.benchmark``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.benchmark import main

if __name__ == '__main__':
    friendly(main)
