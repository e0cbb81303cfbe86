"""A benchmark that is killed again and again ends with the records of one left alone."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess

import pytest
import torch
from tiny import TinyBenchmark

CONFIGS, SEEDS = ['stl/d_vkitti2', 'xtam/sd_vkitti2'], ['1', '2']
# What two runs of one experiment may differ in: times, memory, and the state of the checkout.
OWN = {'created', 'step_time_s', 'peak_memory_mb', 'git_commit'}
KILLS = 5


def content(path):
    return {key: value for key, value in json.loads(path.read_text()).items() if key not in OWN}


@pytest.mark.slow
def test_killed_five_times_at_random(tmp_path):
    benchmark = TinyBenchmark(tmp_path, iterations=12)
    arguments = ['run', *CONFIGS, '--seed', *SEEDS]
    alone = benchmark(*arguments, runs='alone')
    assert alone.returncode == 0, alone.stderr

    moments = random.Random(20).sample(range(4, 16), KILLS)
    cut = 0
    for moment in moments:
        process = benchmark.start(*arguments, runs='killed', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            cut += 1
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert cut == KILLS, f'only {cut} of {KILLS} kills met a benchmark at work; give the runs more updates'
    last = benchmark(*arguments, runs='killed')
    assert last.returncode == 0, last.stdout + last.stderr

    def records(runs):
        root = tmp_path / runs
        return {str(path.relative_to(root)): content(path) for path in root.rglob('result.json')}

    assert len(records('alone')) == 1 + len(CONFIGS) * len(SEEDS)
    assert records('alone') == records('killed')
    for name in CONFIGS:
        for seed in SEEDS:
            weights = [
                torch.load(benchmark.folder_of(name, seed, runs) / 'iter_12.pth', weights_only=True)['state_dict']
                for runs in ('alone', 'killed')
            ]
            assert weights[0].keys() == weights[1].keys()
            assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
