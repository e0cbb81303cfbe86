"""Result records, published tables and the tables made of both. Nothing here needs torch."""

from mtlbench.leaderboard.identity import without_per_run_keys
from mtlbench.leaderboard.paths import run_dir, run_name
from mtlbench.leaderboard.record import ResultRecord, find_records

__all__ = ['ResultRecord', 'find_records', 'run_dir', 'run_name', 'without_per_run_keys']
