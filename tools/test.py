"""Runs ``mtlbench.cli.test``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.test import main

if __name__ == '__main__':
    friendly(main)
