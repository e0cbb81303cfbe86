"""Runs ``mtlbench.cli.browse_dataset``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.browse_dataset import main

if __name__ == '__main__':
    friendly(main)
