"""Runs ``mtlbench.cli.benchmark``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.benchmark')
