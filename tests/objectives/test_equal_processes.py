"""Two processes with half of a batch each make the updates of one with the whole, whatever the objective."""

import json
from pathlib import Path

import pytest
from process_cases import CASES
from two_processes import run_in_two_processes

pytestmark = [pytest.mark.ddp, pytest.mark.slow]
FOLDER = Path(__file__).parent


@pytest.fixture(scope='module')
def found(tmp_path_factory):
    """How far losses and weights of each case are apart; all cases in one pair of processes."""
    results = tmp_path_factory.mktemp('processes') / 'found.json'
    run_in_two_processes(FOLDER / 'process_cases.py', results)
    return json.loads(results.read_text())


@pytest.mark.parametrize('case', CASES)
def test_losses_and_weights_are_those_of_one_process(found, case):
    # The same float64 sums in another order; what divides by the wrong number is apart by 1e-6 and more.
    assert found[case]['losses'] < 1e-10
    assert found[case]['weights'] < 1e-10
