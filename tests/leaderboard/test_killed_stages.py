"""Depth from video in three stages, then classes from few labels: one command, killed in each stage."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
import torch
from tiny import TinyBenchmark

JOINT = 'ccam/sd_cityscapes_372_affinemix_or'
STAGES = ['sde/d_cityscapes_whole', 'sde/d_cityscapes_crops', 'sde/d_cityscapes_features', JOINT]
UPDATES = 6


def kill_within(benchmark, arguments, folder):
    """Start the benchmark, and kill it with all its processes once a run has its first checkpoint."""
    process = benchmark.start(*arguments, runs='killed', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (folder / 'iter_1.pth').exists():
        assert process.poll() is None, f'ended before {folder} was begun'
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (folder / 'result.json').exists()


@pytest.mark.slow
def test_a_kill_in_each_stage_changes_nothing(tmp_path):
    benchmark = TinyBenchmark(tmp_path, UPDATES, 'cityscapes')
    arguments = ['run', JOINT, '--seed', '1', '--no-trivial']
    alone = benchmark(*arguments, runs='alone')
    assert alone.returncode == 0, alone.stdout + alone.stderr
    for stage in STAGES:
        kill_within(benchmark, arguments, benchmark.folder_of(stage, 1, 'killed'))
    last = benchmark(*arguments, runs='killed')
    assert last.returncode == 0, last.stdout + last.stderr
    for stage in STAGES:
        one, other = (
            torch.load(benchmark.folder_of(stage, 1, runs) / f'iter_{UPDATES}.pth', weights_only=True)['state_dict']
            for runs in ('alone', 'killed')
        )
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one), stage
