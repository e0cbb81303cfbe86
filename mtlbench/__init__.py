"""mtlbench: one network, many dense tasks, and the leaderboard that compares them."""

from mtlbench.version import __version__

__all__ = ['__version__']
