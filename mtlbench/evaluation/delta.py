"""The multi-task gain. Plain Python: the leaderboard uses it without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mtlbench.errors import ConfigError


def delta(scores: Mapping[str, float], baselines: Mapping[str, float], higher_is_better: Mapping[str, bool]) -> float:
    """Mean relative gain over single-task networks, in percent (xTAM, section 4.1; SemiMTL, Eq. 10).

    ``100 / n * sum_t s_t (m_t - b_t) / b_t``, with ``s_t`` = 1 where higher is better, else -1.

    Args:
        scores: Value of the metric of record by task.
        baselines: The same of the single-task networks; further tasks are ignored.
        higher_is_better: Direction by task; further tasks are ignored.

    Returns:
        The gain; NaN where a value is NaN or a baseline is zero.

    Raises:
        ConfigError: When there is no task, or a task has no baseline or no direction.
    """
    lacking = [task for task in scores if task not in baselines or task not in higher_is_better]
    if lacking or not scores:
        raise ConfigError(f'no delta of the tasks {list(scores)}: no baseline or no direction of {lacking}')
    gains = [_gain(score, baselines[task], higher_is_better[task]) for task, score in scores.items()]
    return 100 * sum(gains) / len(gains)


def _gain(score: float, baseline: float, higher_is_better: bool) -> float:
    if baseline == 0:
        return math.nan
    return (score - baseline) / baseline * (1 if higher_is_better else -1)
