"""Runs ``mtlbench.cli.analysis.loading``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.analysis.loading')
