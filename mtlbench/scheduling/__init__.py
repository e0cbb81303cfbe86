"""Scheduling of runs: required runs, and the processes and cluster jobs that make them."""
