"""Gain of a multi-task network over single-task networks."""

from __future__ import annotations

from collections.abc import Mapping

from mtlbench.errors import ConfigError


def delta(scores: Mapping[str, float], baselines: Mapping[str, float], higher_is_better: Mapping[str, bool]) -> float:
    """Compute the mean relative gain over the baselines in percent (xTAM, section 4.1).

    The tasks are those of ``higher_is_better``: leave some out for a partial delta, such as that of segmentation and
    depth for a network that also predicts normals.

    Args:
        scores: Metric of record by task.
        baselines: Metric of record of the single-task networks by task, in the same units.
        higher_is_better: Direction by task.

    Raises:
        ConfigError: When a task has no score, no baseline or a baseline of zero.

    >>> gain = delta(dict(semseg=80.53, depth=4.161), dict(semseg=67.43, depth=5.379), dict(semseg=True, depth=False))
    >>> round(gain, 4)
    21.0356
    """
    _check(scores, baselines, higher_is_better)
    gains = [
        (1 if up else -1) * (scores[task] - baselines[task]) / baselines[task] for task, up in higher_is_better.items()
    ]
    return 100 * sum(gains) / len(gains)


def baseline_slopes(
    scores: Mapping[str, float], baselines: Mapping[str, float], higher_is_better: Mapping[str, bool]
) -> dict[str, float]:
    """Compute the derivative of :func:`delta` with respect to each baseline, by task.

    Args:
        scores: Metric of record by task.
        baselines: Metric of record of the single-task networks by task, in the same units.
        higher_is_better: Direction by task.
    """
    _check(scores, baselines, higher_is_better)
    factor = 100 / len(higher_is_better)
    return {
        task: (-1 if up else 1) * factor * scores[task] / baselines[task] ** 2 for task, up in higher_is_better.items()
    }


def _check(scores: Mapping[str, float], baselines: Mapping[str, float], tasks: Mapping[str, bool]) -> None:
    for what, given in (('score', scores), ('baseline', baselines)):
        missing = [task for task in tasks if task not in given]
        if missing or not tasks:
            raise ConfigError(f'the delta has no {what} for {", ".join(missing) or "any task"}')
    zero = [task for task in tasks if baselines[task] == 0]
    if zero:
        raise ConfigError(f'the delta needs baselines other than zero; the baseline is zero for {", ".join(zero)}')
