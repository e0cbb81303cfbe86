"""HTML reports of the leaderboard, in a folder that a browser can open from disk."""

from mtlbench.leaderboard.html.site import write_report

__all__ = ['write_report']
