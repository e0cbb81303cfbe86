"""Runs ``mtlbench.cli.predict``."""

from mtlbench.cli.predict import main

from mtlbench.cli.arguments import friendly

if __name__ == '__main__':
    friendly(main)
