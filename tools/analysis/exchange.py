"""Runs ``mtlbench.cli.analysis.exchange``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.analysis.exchange')
