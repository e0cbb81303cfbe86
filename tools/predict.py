"""Runs ``mtlbench.cli.predict``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.predict import main

if __name__ == '__main__':
    friendly(main)
