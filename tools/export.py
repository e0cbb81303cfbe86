"""Runs ``mtlbench.cli.export``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.export')
