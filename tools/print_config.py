"""Runs ``mtlbench.cli.print_config``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.print_config')
