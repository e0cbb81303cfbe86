"""Helpers for files, terminals and processes, independent of multi-task learning."""
