"""Two processes with half of a batch each make the updates of one with the whole, whatever the objective."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from process_cases import CASES

pytestmark = [pytest.mark.ddp, pytest.mark.slow]
FOLDER = Path(__file__).parent


@pytest.fixture(scope='module')
def found(tmp_path_factory):
    """How far losses and weights of each case are apart; all cases in one pair of processes."""
    results = tmp_path_factory.mktemp('processes') / 'found.json'
    with socket.socket() as listener:
        listener.bind(('localhost', 0))
        port = listener.getsockname()[1]
    launcher = ['-m', 'torch.distributed.run', '--nproc_per_node=2', f'--rdzv-endpoint=localhost:{port}']
    command = [sys.executable, *launcher, '--rdzv-backend=c10d', str(FOLDER / 'process_cases.py'), str(results)]
    environment = {**os.environ, 'OMP_NUM_THREADS': '1'}
    done = subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return json.loads(results.read_text())


@pytest.mark.parametrize('case', CASES)
def test_losses_and_weights_are_those_of_one_process(found, case):
    # The same float64 sums in another order; what divides by the wrong number is apart by 1e-6 and more.
    assert found[case]['losses'] < 1e-10
    assert found[case]['weights'] < 1e-10
