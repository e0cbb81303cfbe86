"""Runs ``mtlbench.cli.train``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.train import main

if __name__ == '__main__':
    friendly(main)
