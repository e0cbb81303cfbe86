"""How much better than single-task networks a multi-task network is."""

from __future__ import annotations

from collections.abc import Mapping

from mtlbench.errors import ConfigError


def delta(scores: Mapping[str, float], baselines: Mapping[str, float], higher_is_better: Mapping[str, bool]) -> float:
    """Mean relative gain over the baselines in percent (xTAM, section 4.1).

    The tasks are those of ``higher_is_better``: leave some out for a partial delta, such as that of segmentation and
    depth of a network that predicts normals as well.

    Args:
        scores: Metric of record by task.
        baselines: The same of the single-task networks, in the same units.
        higher_is_better: Direction by task.

    Raises:
        ConfigError: When a task has no score or no baseline, or a baseline of zero.

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
    """Derivative of :func:`delta` to each baseline, by task: what a change of the baselines does to the delta.

    Args:
        scores: As for :func:`delta`.
        baselines: As for :func:`delta`.
        higher_is_better: As for :func:`delta`.
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
            raise ConfigError(f'no delta without a {what} for {", ".join(missing) or "any task"}')
    zero = [task for task in tasks if baselines[task] == 0]
    if zero:
        raise ConfigError(f'no delta against a baseline of zero: {", ".join(zero)}')
