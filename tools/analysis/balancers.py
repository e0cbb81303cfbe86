"""Runs ``mtlbench.cli.analysis.balancers``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.analysis.balancers')
