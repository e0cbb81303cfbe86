"""Metrics: pure functions in ``functional``, a thin mmengine metric in ``metrics``, the delta, and the trivial bar.

Nothing is imported here: the leaderboard uses :mod:`mtlbench.evaluation.delta` without loading torch.
"""
