"""Evaluation: the metric that the Runner updates, the delta of multi-task learning, and the trivial baseline.

Nothing is imported here: the leaderboard uses :mod:`mtlbench.evaluation.delta` without loading torch.
"""
