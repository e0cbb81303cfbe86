"""``mtlbench benchmark run --log`` logs every run."""

from __future__ import annotations

import pytest

from mtlbench.cli import benchmark, benchmark_run, train


def test_runs_are_started_with_the_log(monkeypatch, tmp_path):
    pytest.importorskip('tensorboard')
    planned = []

    class Nothing:
        def __init__(self, jobs):
            planned.extend(jobs)

        def run(self):
            return []

    monkeypatch.setattr(benchmark_run, '_scheduler', lambda args, count: Nothing)
    options = ['--work-dir', str(tmp_path), '--profile', 'mini', '--seed', '1', '--no-trivial']
    args = benchmark.build_parser().parse_args(['run', 'stl/d_vkitti2', *options, '--log', 'tensorboard'])
    assert benchmark_run.run(args) == 0
    (job,) = planned
    asked = train.build_parser().parse_args(list(job.command[3:]))
    assert (asked.config, asked.log, asked.resume) == ('stl/d_vkitti2', ['tensorboard'], True)
