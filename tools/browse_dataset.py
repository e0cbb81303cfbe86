"""Runs ``mtlbench.cli.browse_dataset``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.browse_dataset')
