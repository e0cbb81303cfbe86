"""Runs ``mtlbench.cli.list_modules``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.list_modules import main

if __name__ == '__main__':
    friendly(main)
