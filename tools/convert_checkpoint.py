"""Runs ``mtlbench.cli.convert_checkpoint``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.convert_checkpoint')
