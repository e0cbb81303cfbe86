"""Runs ``mtlbench.cli.feature_correlation``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.feature_correlation import main

if __name__ == '__main__':
    friendly(main)
