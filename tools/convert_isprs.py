"""Runs ``mtlbench.cli.convert_isprs``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.convert_isprs')
