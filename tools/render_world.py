"""Runs ``mtlbench.cli.render_world``."""

from mtlbench.cli.friendly import friendly

if __name__ == '__main__':
    friendly('mtlbench.cli.render_world')
