"""Tables and reports that compare result records with published results. Nothing here needs torch."""

from mtlbench.records import ResultRecord, find_records, run_dir, run_name, without_per_run_keys

__all__ = ['ResultRecord', 'find_records', 'run_dir', 'run_name', 'without_per_run_keys']
