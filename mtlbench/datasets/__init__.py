"""Datasets: one file each, read in their genuine layout."""
