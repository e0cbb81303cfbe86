"""The leaderboard as pages: one folder that opens from disk."""

from mtlbench.leaderboard.html.site import write_report

__all__ = ['write_report']
