"""Gain of a multi-task network over single-task networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mtlbench.errors import ConfigError

DEFINITIONS = ('record', 'by_task', 'flat')
"""Metrics of record, averaged over tasks; several metrics, averaged by task, then over tasks; averaged all at once."""


def shares_of(metrics: Mapping[str, Sequence[str]], definition: str) -> dict[str, float]:
    """Return the weight of each metric in a delta; the weights add up to 1.

    Args:
        metrics: Metrics by task.
        definition: One of :data:`DEFINITIONS`. With one metric per task, all are the same.

    >>> shares_of(dict(semseg=['miou', 'pixel_acc'], depth=['abs_err_m']), 'by_task')
    {'miou': 0.25, 'pixel_acc': 0.25, 'abs_err_m': 0.5}
    """
    total = sum(map(len, metrics.values()))
    return {
        name: 1 / total if definition == 'flat' else 1 / len(metrics) / len(names)
        for names in metrics.values()
        for name in names
    }


def delta(
    scores: Mapping[str, float],
    baselines: Mapping[str, float],
    higher_is_better: Mapping[str, bool],
    shares: Mapping[str, float] | None = None,
) -> float:
    """Compute the mean relative gain over the baselines in percent (xTAM, section 4.1).

    The tasks are those of ``higher_is_better``: leave some out for a partial delta, such as that of segmentation and
    depth for a network that also predicts normals.

    Args:
        scores: Metric of record by task, or several metrics by name.
        baselines: The same of the single-task networks, in the same units.
        higher_is_better: Direction of each.
        shares: Weight of each, from :func:`shares_of`; None: equal weights.

    Raises:
        ConfigError: When a task has no score, no baseline or a baseline of zero.

    >>> gain = delta(dict(semseg=80.53, depth=4.161), dict(semseg=67.43, depth=5.379), dict(semseg=True, depth=False))
    >>> round(gain, 4)
    21.0356
    """
    _check(scores, baselines, higher_is_better)
    gains = {
        task: (1 if up else -1) * (scores[task] - baselines[task]) / baselines[task]
        for task, up in higher_is_better.items()
    }
    if shares is None:
        return 100 * sum(gains.values()) / len(gains)
    return 100 * sum(shares[task] * gain for task, gain in gains.items())


def baseline_slopes(
    scores: Mapping[str, float],
    baselines: Mapping[str, float],
    higher_is_better: Mapping[str, bool],
    shares: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Compute the derivative of :func:`delta` with respect to each baseline.

    Args:
        scores: Metric of record by task, or several metrics by name.
        baselines: The same of the single-task networks, in the same units.
        higher_is_better: Direction of each.
        shares: Weight of each, from :func:`shares_of`; None: equal weights.
    """
    _check(scores, baselines, higher_is_better)
    shares = shares or dict.fromkeys(higher_is_better, 1 / len(higher_is_better))
    return {
        task: (-100 if up else 100) * shares[task] * scores[task] / baselines[task] ** 2
        for task, up in higher_is_better.items()
    }


def _check(scores: Mapping[str, float], baselines: Mapping[str, float], tasks: Mapping[str, bool]) -> None:
    for what, given in (('score', scores), ('baseline', baselines)):
        missing = [task for task in tasks if task not in given]
        if missing or not tasks:
            raise ConfigError(f'the delta has no {what} for {", ".join(missing) or "any task"}')
    zero = [task for task in tasks if baselines[task] == 0]
    if zero:
        raise ConfigError(f'the delta needs baselines other than zero; the baseline is zero for {", ".join(zero)}')
