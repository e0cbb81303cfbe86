"""Runs ``mtlbench.cli.convert_isprs``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.convert_isprs import main

if __name__ == '__main__':
    friendly(main)
