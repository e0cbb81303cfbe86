"""Runs ``mtlbench.cli.list_modules``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.list_modules')
