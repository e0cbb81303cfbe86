"""Runs ``mtlbench.cli.test_robustness``."""

from mtlbench.cli.arguments import friendly
from mtlbench.cli.test_robustness import main

if __name__ == '__main__':
    friendly(main)
