"""From delivered files to those that a dataset reads, where it does not read them as they are."""
