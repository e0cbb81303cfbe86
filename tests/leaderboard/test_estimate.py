from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from mtlbench.evaluation.delta import baseline_slopes, delta
from mtlbench.leaderboard.estimate import Estimate

HIGHER = {'semseg': True, 'depth': False}


def estimate(group, values):
    return Estimate.of(group, dict(enumerate(map(float, values))))


def delta_estimate(runs, singles):
    """A delta as the tables make it: ``runs`` and ``singles`` are ``{task: values}``, a run per position."""
    means = {task: float(np.mean(values)) for task, values in singles.items()}
    gains = [
        delta({task: values[i] for task, values in runs.items()}, means, HIGHER) for i in range(len(runs['depth']))
    ]
    slopes = baseline_slopes({task: float(np.mean(values)) for task, values in runs.items()}, means, HIGHER)
    found = estimate('runs', gains)
    for task, values in singles.items():
        found = found.depending_on(estimate(f'single {task}', values), slopes[task])
    return found


def draw(generator, n):
    """A network whose two scores go together over seeds, and two single-task networks."""
    common = generator.standard_normal(n)
    runs = {
        'semseg': 0.70 + 0.010 * (0.8 * common + 0.6 * generator.standard_normal(n)),
        'depth': 5.0 + 0.060 * (0.6 * common + 0.8 * generator.standard_normal(n)),
    }
    singles = {
        'semseg': 0.60 + 0.008 * generator.standard_normal(n),
        'depth': 6.0 + 0.080 * generator.standard_normal(n),
    }
    return runs, singles


def test_mean_std_and_error_of_one_group():
    found = estimate('a', [1.0, 2.0, 6.0])
    assert (found.mean, found.std) == (3.0, pytest.approx(math.sqrt(7)))
    assert found.error == pytest.approx(math.sqrt(7 / 3))
    assert found.values == {0: 1.0, 1: 2.0, 2: 6.0}


def test_slopes_are_derivatives_of_the_delta():
    scores, baselines = {'semseg': 0.7, 'depth': 5.0}, {'semseg': 0.6, 'depth': 6.0}
    slopes = baseline_slopes(scores, baselines, HIGHER)
    for task in HIGHER:
        step = 1e-6 * baselines[task]
        up, down = ({**baselines, task: baselines[task] + sign * step} for sign in (1, -1))
        # Central differences: the error is of order step**2, far below the rounding of 1e-16 / 1e-6.
        numeric = (delta(scores, up, HIGHER) - delta(scores, down, HIGHER)) / (2 * step)
        assert slopes[task] == pytest.approx(numeric, rel=1e-7)


def test_spread_of_a_delta_against_simulation():
    generator = np.random.default_rng(0)
    runs, singles = draw(generator, 200_000)
    simulated = np.std(
        [
            50 * ((s - bs) / bs - (d - bd) / bd)
            for s, d, bs, bd in zip(runs['semseg'], runs['depth'], singles['semseg'], singles['depth'], strict=True)
        ]
    )
    # Second-order terms are (0.013)**2 of the first; the std of 200,000 draws is known to 0.16 %.
    assert delta_estimate(runs, singles).std == pytest.approx(simulated, rel=0.005)


def test_error_of_a_delta_of_three_seeds_against_simulation():
    generator = np.random.default_rng(1)
    found = [delta_estimate(*draw(generator, 3)) for _ in range(4000)]
    spread = np.std([each.mean for each in found])
    expected = math.sqrt(np.mean([each.error**2 for each in found]))
    # The std of 4000 draws is known to 1.1 %, the mean of their variances to 1 %.
    assert expected == pytest.approx(spread, rel=0.05)


def test_the_single_task_runs_count():
    runs, singles = draw(np.random.default_rng(2), 5)
    fixed = estimate(
        'runs',
        [
            delta({t: v[i] for t, v in runs.items()}, {t: v.mean() for t, v in singles.items()}, HIGHER)
            for i in range(5)
        ],
    )
    assert delta_estimate(runs, singles).std > fixed.std
    assert delta_estimate(runs, singles).mean == pytest.approx(fixed.mean, rel=1e-12)


@pytest.mark.parametrize('sizes', [(2, 2), (3, 3), (5, 2), (10, 4)])
def test_a_plain_difference_is_welchs_test(sizes):
    generator = np.random.default_rng(3)
    a, b = generator.normal(1.0, 0.5, sizes[0]), generator.normal(0.3, 1.5, sizes[1])
    gap = estimate('a', a) - estimate('b', b)
    assert gap.p_greater() == pytest.approx(
        stats.ttest_ind(a, b, equal_var=False, alternative='greater').pvalue, rel=1e-9
    )
    assert gap.p() == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue, rel=1e-9)


def test_the_level_is_kept_where_nothing_differs():
    generator = np.random.default_rng(4)
    rejected = 0
    for _ in range(2000):
        gap = estimate('a', generator.normal(0, 1, 3)) - estimate('b', generator.normal(0, 2, 3))
        rejected += gap.p_greater() < 0.05
    # 5 % of 2000 is 100, with a standard deviation of 10; Welch's test is a little careful at three seeds.
    assert 60 <= rejected <= 130


def test_what_two_deltas_share_cancels():
    runs, singles = draw(np.random.default_rng(5), 4)
    found = delta_estimate(runs, singles)
    gap = found - found
    assert (gap.mean, gap.error) == (0.0, 0.0)
    better = {'semseg': runs['semseg'] + 0.1, 'depth': runs['depth']}
    other = delta_estimate(better, singles)
    # The same runs, each shifted: only the slope of the segmentation baseline differs, by 50 * 0.1 / 0.6**2.
    shift = Estimate(other.mean, {**other.deviations}) - found
    expected = 50 * 0.1 / singles['semseg'].mean() ** 2 * singles['semseg'].std(ddof=1) / math.sqrt(4)
    assert shift.error == pytest.approx(expected, rel=1e-9)


def test_one_seed_decides_nothing():
    gap = estimate('a', [1.0]) - estimate('b', [0.0, 0.1])
    assert (gap.std, gap.error, gap.p(), gap.p_greater(), gap.differs()) == (None,) * 5


def test_nan_decides_nothing():
    assert (estimate('a', [math.nan, 1.0]) - estimate('b', [0.0, 0.1])).p() is None


@pytest.mark.parametrize(('a', 'p'), [(1.0, 0.0), (0.0, 0.5), (-1.0, 1.0)])
def test_runs_without_any_spread(a, p):
    assert (estimate('a', [a, a]) - estimate('b', [0.0, 0.0])).p_greater() == p


def test_a_figure_above_a_level_keeps_its_runs():
    found = estimate('a', [5.0, 7.0]).above(estimate('b', [2.0, 2.0]))
    assert (found.mean, found.values) == (4.0, {0: 3.0, 1: 5.0})
