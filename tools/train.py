"""Runs ``mtlbench.cli.train``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.train')
