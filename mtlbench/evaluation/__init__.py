"""Evaluation: the metric of mmengine's Runner, the multi-task delta and the trivial baseline.

This module imports nothing, because the leaderboard uses :mod:`mtlbench.evaluation.delta` without torch.
"""
