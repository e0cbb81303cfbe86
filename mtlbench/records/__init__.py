"""Records of finished runs, with their paths, identities and folder locks. Nothing here needs torch."""

from mtlbench.records.identity import without_per_run_keys
from mtlbench.records.paths import run_dir, run_name
from mtlbench.records.record import ResultRecord, find_records

__all__ = ['ResultRecord', 'find_records', 'run_dir', 'run_name', 'without_per_run_keys']
