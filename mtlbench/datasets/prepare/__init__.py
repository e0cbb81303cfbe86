"""Converters of delivered files into files that the readers accept."""
