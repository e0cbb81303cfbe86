"""Metrics: pure functions in ``functional``, a thin mmengine metric in ``metrics``, and the delta."""
