import doctest

import pytest

from mtlbench.errors import ConfigError
from mtlbench.evaluation.delta import delta

DIRECTIONS = dict(semseg=True, depth=False, normals=False, edges=True)


def gain(scores, baselines):
    tasks = list(DIRECTIONS)[: len(scores)]
    return delta(
        dict(zip(tasks, scores, strict=True)),
        dict(zip(tasks, baselines, strict=True)),
        {task: DIRECTIONS[task] for task in tasks},
    )


def test_the_published_example_to_four_digits():
    assert gain((80.53, 4.161), (67.43, 5.379)) == pytest.approx(21.0356, abs=5e-5)


@pytest.mark.parametrize(
    ('scores', 'baselines', 'printed'),
    [
        ((69.83, 5.166), (67.43, 5.379), 3.76),
        ((77.50, 4.289), (67.43, 5.379), 17.60),
        ((97.00, 3.423), (84.53, 5.720), 27.47),
        ((70.23, 6.777), (67.93, 6.622), 0.52),
        ((74.95, 6.649), (67.93, 6.622), 4.96),
        ((71.27, 5.108, 18.51), (67.43, 5.379, 19.61), 5.45),
        ((82.99, 4.056, 14.30), (67.43, 5.379, 19.61), 24.92),
        ((97.53, 3.089, 14.44), (84.53, 5.720, 23.14), 33.00),
        ((40.28, 0.598, 33.72), (38.70, 0.6465, 36.61), 6.49),
        ((36.14, 0.660), (38.70, 0.6465), -4.35),
        ((40.84, 0.593, 33.38, 61.12), (38.70, 0.6465, 36.61, 54.9), 8.49),
    ],
)
def test_rows_of_the_xtam_tables(scores, baselines, printed):
    """Within the 0.021 points that rounded means can cost; NYUDv2 against the STL row that is consistent with it."""
    assert gain(scores, baselines) == pytest.approx(printed, abs=0.021)


def test_tasks_outside_the_directions_do_not_count():
    scores, baselines = dict(semseg=80.53, depth=4.161, normals=1.0), dict(semseg=67.43, depth=5.379)
    assert delta(scores, baselines, dict(semseg=True, depth=False)) == pytest.approx(21.0356, abs=5e-5)


@pytest.mark.parametrize('missing', ['score', 'baseline'])
def test_missing_tasks_are_named(missing):
    both, one = dict(semseg=1.0, depth=1.0), dict(semseg=1.0)
    given = (one, both) if missing == 'score' else (both, one)
    with pytest.raises(ConfigError, match=f'{missing} for depth'):
        delta(*given, dict(semseg=True, depth=False))


def test_no_task_and_no_baseline_of_zero():
    with pytest.raises(ConfigError, match='any task'):
        delta({}, {}, {})
    with pytest.raises(ConfigError, match='zero for semseg'):
        delta(dict(semseg=1.0), dict(semseg=0.0), dict(semseg=True))


def test_the_example_of_the_docstring_is_true():
    examples = doctest.DocTestFinder().find(delta, globs={'delta': delta})
    runner = doctest.DocTestRunner()
    assert [runner.run(example).failed for example in examples] == [0]
