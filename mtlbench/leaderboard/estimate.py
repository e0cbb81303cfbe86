"""Means over seeds, their uncertainty, and tests of differences.

Everything is derived from a linear approximation. Let ``f`` be a quantity computed from several groups of independent
runs, such as the delta between a network's runs and the single-task runs. To first order, ``f`` is its mean plus, for
each group, the mean of that group's *deviations*: ``df/dm * (value of the run - mean of the group)``. Its variance is
therefore the sum over groups of ``s_g**2 / n_g``, where ``s_g`` is the sample standard deviation of the deviations. The
difference of two such quantities has the same form. If both contain the same group, such as the same single-task runs
in two deltas, its deviations are subtracted run by run, so that shared contributions cancel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

LEVEL = 0.05
TEST = "Welch's t-test"


@dataclass(frozen=True)
class Estimate:
    """A mean and the deviations of the runs that it depends on.

    Args:
        mean: Mean value.
        deviations: Deviations of the runs by group, in the unit of the mean. Each group sums to zero.
        values: Value of each run of the row itself, by seed.
    """

    mean: float
    deviations: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    values: Mapping[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, group: str, values: Mapping[int, float]) -> Estimate:
        """Return the mean of one group of runs, given by seed."""
        mean = fmean(values.values())
        return cls(mean, {group: tuple(value - mean for value in values.values())}, values)

    def __sub__(self, other: Estimate) -> Estimate:
        return Estimate(self.mean - other.mean, self.depending_on(other, -1.0).deviations)

    def above(self, level: Estimate) -> Estimate:
        """Return the difference, with its value for each run of the row."""
        values = {seed: value - level.mean for seed, value in self.values.items()}
        return Estimate(self.mean - level.mean, (self - level).deviations, values)

    def depending_on(self, other: Estimate, slope: float) -> Estimate:
        """Return this estimate with the deviations of another one, on whose mean it depends with this derivative."""
        deviations = dict(self.deviations)
        for group, theirs in other.deviations.items():
            mine = deviations.get(group, (0.0,) * len(theirs))
            deviations[group] = tuple(a + slope * b for a, b in zip(mine, theirs, strict=True))
        return Estimate(self.mean, deviations, self.values)

    @property
    def std(self) -> float | None:
        """Standard deviation for one run per group: ``sqrt(sum s_g**2)``. None if a group has a single run."""
        variances = self._variances()
        return None if variances is None else math.sqrt(sum(variance for variance, _ in variances))

    @property
    def error(self) -> float | None:
        """Standard error of the mean: ``sqrt(sum s_g**2 / n_g)``. None if a group has a single run."""
        variances = self._variances()
        return None if variances is None else math.sqrt(sum(variance / n for variance, n in variances))

    def p_greater(self) -> float | None:
        """Return the one-sided p value of "the true value is not above zero", by Welch's t-test.

        The degrees of freedom are those of Welch and Satterthwaite over all groups. For the difference of two means,
        this is Welch's t-test; for more groups, its extension to the linear approximation.

        Returns:
            None if a group has a single run or the mean is NaN.
        """
        variances = self._variances()
        if not variances or math.isnan(self.mean):
            return None
        shares = [(variance / n, n - 1) for variance, n in variances]
        total = sum(share for share, _ in shares)
        if total == 0:
            return 0.5 if self.mean == 0 else float(self.mean < 0)
        freedom = total**2 / sum(share**2 / below for share, below in shares)
        # Imported here because it loads slowly and only tables with several seeds need it.
        from scipy.special import stdtr

        return float(stdtr(freedom, -self.mean / math.sqrt(total)))

    def p(self) -> float | None:
        """Return the two-sided p value of "the true value is zero"; None as for :meth:`p_greater`."""
        p = self.p_greater()
        return None if p is None else 2 * min(p, 1 - p)

    def differs(self) -> bool | None:
        """Return whether the value differs from zero, two-sided, at 5 %; None as for :meth:`p_greater`."""
        p = self.p()
        return None if p is None else p < LEVEL

    def _variances(self) -> list[tuple[float, int]] | None:
        groups = list(self.deviations.values())
        if any(len(group) < 2 for group in groups):
            return None
        return [(sum(value**2 for value in group) / (len(group) - 1), len(group)) for group in groups]
