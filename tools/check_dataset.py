"""Runs ``mtlbench.cli.check_dataset``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.check_dataset import main

if __name__ == '__main__':
    friendly(main)
