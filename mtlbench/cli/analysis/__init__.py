"""Measurement commands for speed, memory, data loading and features, called by ``tools/analysis``."""
