"""Scheduling: which runs are needed, and the processes and cluster jobs that make them."""
