"""Two processes agree, and stop together."""

import json
from pathlib import Path

import pytest
from two_processes import run_in_two_processes

pytestmark = pytest.mark.ddp
PROGRAM = Path(__file__).with_name('agreement_checks.py')


@pytest.fixture(scope='module')
def found(tmp_path_factory):
    """What each of two processes found; all checks in one pair of processes."""
    results = tmp_path_factory.mktemp('processes') / 'found'
    run_in_two_processes(PROGRAM, results)
    return [json.loads(Path(f'{results}.{rank}').read_text()) for rank in range(2)]


def test_running_statistics_become_those_of_all_batches(found):
    assert [each['running_statistics'] for each in found] == [[1, 0]] * 2


def test_parameters_without_gradient_are_named_or_found(found):
    for each in found:
        assert each['unused'].startswith('in several processes every parameter needs a gradient')
        assert 'idle.weight, idle.bias' in each['unused']
        assert 'find_unused_parameters=True' in each['unused']
        assert each['unused_found'] == 'trained'


@pytest.mark.parametrize(('case', 'iteration'), [('gradient', 1), ('gradient_clipped', 1), ('gradient_accumulated', 2)])
def test_a_gradient_that_is_no_number_in_one_process_stops_both(found, case, iteration):
    first, second = (each[case] for each in found)
    assert first == second
    assert first.startswith(f'the gradient is not finite at iteration {iteration} (used.weight)')
    assert 'checkpoint is kept in runs' in first


def test_a_state_that_is_no_number_in_one_process_stops_both(found):
    first, second = (each['state'] for each in found)
    assert first == second
    assert first.startswith('the state of the run is not finite at iteration 7 (statistics)')
