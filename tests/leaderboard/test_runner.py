from __future__ import annotations

import dataclasses
import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from mtlbench.records import lock
from mtlbench.records.lock import try_lock
from mtlbench.scheduling.jobs import Composer, Overlay, plan
from mtlbench.scheduling.outcome import BEFORE, ELSEWHERE, FAILED, FINISHED, SKIPPED
from mtlbench.scheduling.scheduler import Scheduler

STAND_IN = (sys.executable, str(Path(__file__).with_name('stand_in.py')))
RUN = """
import signal, sys
from mtlbench.scheduling.jobs import Overlay, plan
from mtlbench.scheduling.scheduler import Scheduler
names = sys.argv[2].split(',')
jobs = plan(names, [1, 2, 3], Overlay(), sys.argv[1], trivial=False, command=sys.argv[3:])
runner = Scheduler(jobs, [None, None], say=lambda line: print(line, flush=True))
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, runner.stop)
runner.run()
sys.exit(3 if runner.stopped else 0)
"""


@pytest.fixture(autouse=True)
def record_to_copy(tmp_path, monkeypatch, make_record):
    make_record('any/sd_vkitti2').write(tmp_path / 'any.json')
    monkeypatch.setenv('STAND_IN_RECORD', str(tmp_path / 'any.json'))


def jobs_of(tmp_path, *configs, seeds=(1,)):
    return plan(configs, seeds, Overlay(), tmp_path / 'runs', trivial=False, command=STAND_IN)


def starts(job):
    return (job.folder / 'starts').read_text().split()


def states(outcomes):
    return {str(outcome.job): outcome.state for outcome in outcomes}


def benchmark(tmp_path, configs):
    command = [sys.executable, '-c', RUN, str(tmp_path / 'runs'), configs, *STAND_IN]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_is_finished_is_not_run_again(tmp_path):
    jobs = jobs_of(tmp_path, 'works/sd_x', seeds=(1, 2))
    assert {outcome.state for outcome in Scheduler(jobs).run()} == {FINISHED}
    assert {outcome.state for outcome in Scheduler(jobs).run()} == {BEFORE}
    assert [len(starts(job)) for job in jobs] == [1, 1]


def test_a_failing_run_stops_nothing_and_names_its_error(tmp_path):
    jobs = jobs_of(tmp_path, 'fails/sd_x', 'silent/sd_x', 'works/sd_x')
    lines = []
    failed, silent, works = sorted(Scheduler(jobs, say=lines.append).run(), key=str)
    assert (failed.state, silent.state, works.state) == (FAILED, FAILED, FINISHED)
    assert failed.detail.startswith('error: the disk is full (exit status 1, log in ')
    assert 'error: the disk is full' in (jobs[0].folder / 'train.log').read_text()
    assert 'without a record' in silent.detail
    assert lines[-1].startswith('[3/3] works/sd_x seed 1: finished')


def test_what_was_cut_off_goes_on(tmp_path):
    (job,) = jobs_of(tmp_path, 'cut/sd_x')
    (first,) = Scheduler([job]).run()
    assert first.state == FAILED
    assert '-9' in first.detail
    (second,) = Scheduler([job]).run()
    assert second.state == FINISHED
    assert len(starts(job)) == 2


def test_a_damaged_record_is_a_failure_of_that_run(tmp_path):
    damaged, works = jobs_of(tmp_path, 'damaged/sd_x', 'works/sd_x')
    damaged.folder.mkdir(parents=True)
    (damaged.folder / 'result.json').write_text('{')
    outcomes = Scheduler([damaged, works]).run()
    assert states(outcomes) == {'damaged/sd_x seed 1': FAILED, 'works/sd_x seed 1': FINISHED}
    assert not (damaged.folder / 'starts').exists()


def test_a_run_that_another_process_holds_is_left_to_it(tmp_path):
    (job,) = jobs_of(tmp_path, 'works/sd_x')
    with try_lock(job.folder / 'run.lock') as held:
        assert held is not None
        (outcome,) = Scheduler([job]).run()
    assert outcome.state == ELSEWHERE
    (outcome,) = Scheduler([job]).run()
    assert outcome.state == FINISHED


def test_who_only_looks_at_a_run_keeps_nobody_from_it(tmp_path, monkeypatch):
    (job,) = jobs_of(tmp_path, 'works/sd_x')
    held = lock.acquire(job.folder / 'run.lock')
    monkeypatch.setattr(lock, 'time', SimpleNamespace(sleep=lambda _: os.close(held)))
    (outcome,) = Scheduler([job]).run()
    assert outcome.state == FINISHED


def test_a_file_system_without_locks_is_refused(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, 'No locks available')

    monkeypatch.setattr(fcntl, 'flock', no_locks)
    (outcome,) = Scheduler(jobs_of(tmp_path, 'works/sd_x')).run()
    assert outcome.state == FAILED
    assert 'No locks available' in outcome.detail
    assert not (outcome.job.folder / 'starts').exists()


def test_jobs_of_one_folder_take_turns(tmp_path):
    """Two measures of one run: with two slots the second would find the first one's lock."""
    (job,) = jobs_of(tmp_path, 'slow/sd_x')
    again = dataclasses.replace(job, command=(*job.command, '--data-root', 'x'))
    outcomes = Scheduler([job, again], [None, None]).run()
    assert [outcome.state for outcome in outcomes] == [FINISHED, BEFORE]


def test_two_benchmarks_at_once_run_each_job_once(tmp_path):
    both = [benchmark(tmp_path, 'slow/sd_x,slow/sd_y') for _ in range(2)]
    for process in both:
        process.communicate(timeout=60)
        assert process.returncode == 0
    jobs = jobs_of(tmp_path, 'slow/sd_x', 'slow/sd_y', seeds=(1, 2, 3))
    assert [len(starts(job)) for job in jobs] == [1] * 6
    assert all(job.result() for job in jobs)


def test_a_killed_benchmark_leaves_its_run_locked_until_that_ends(tmp_path):
    jobs = jobs_of(tmp_path, 'hangs/sd_x', seeds=(1, 2))
    process = benchmark(tmp_path, 'hangs/sd_x')
    for job in jobs:
        wait_for(job.folder / 'starts')
    process.kill()
    process.communicate()
    try:
        assert {outcome.state for outcome in Scheduler(jobs).run()} == {ELSEWHERE}
    finally:
        for job in jobs:
            os.kill(int(starts(job)[0]), signal.SIGKILL)
    for job in jobs:
        wait_until(lambda job=job: lock_is_free(job))


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_children_and_leaves_the_rest_to_do(tmp_path, number):
    (job,) = jobs_of(tmp_path, 'hangs/sd_x')
    process = benchmark(tmp_path, 'hangs/sd_x,works/sd_x')
    wait_for(job.folder / 'starts')
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 3
    assert lock_is_free(job)
    assert not (job.folder / 'result.json').exists()


def test_an_error_of_the_benchmark_itself_ends_the_children(tmp_path):
    (job,) = jobs_of(tmp_path, 'hangs/sd_x')

    def say(line):
        raise RuntimeError(line)

    with pytest.raises(RuntimeError, match='started'):
        Scheduler([job], say=say).run()
    assert lock_is_free(job)


def test_each_run_has_a_gpu_of_its_own(tmp_path):
    jobs = jobs_of(tmp_path, 'slow/sd_x', seeds=(1, 2, 3))
    lines = []
    Scheduler(jobs, ['4', '7'], say=lines.append).run()
    seen = [(job.folder / 'gpu').read_text() for job in jobs]
    assert set(seen[:2]) == {'4', '7'}
    assert seen[2] in {'4', '7'}
    assert sum('started on GPU' in line for line in lines) == 3


def stages(tmp_path, first, *configs, seeds=(1,)):
    sources = dict.fromkeys(configs, first)
    return plan(
        configs, seeds, Overlay(), tmp_path / 'runs', trivial=False, command=STAND_IN, composer=Composer(sources.get)
    )


def test_a_shared_stage_is_made_once_and_first(tmp_path):
    jobs = stages(tmp_path, 'slow/d_x', 'works/sd_x', 'works/sd_y', seeds=(1, 2))
    names = ['slow/d_x', 'works/sd_x', 'works/sd_y']
    assert [str(job) for job in jobs] == [f'{name} seed {seed}' for seed in (1, 2) for name in names]
    outcomes = Scheduler(jobs, [None] * 4).run()
    assert {outcome.state for outcome in outcomes} == {FINISHED}
    for stage, *heirs in (jobs[:3], jobs[3:]):
        assert len(starts(stage)) == 1
        # An heir has read the finished stage's record when it started.
        assert {(heir.folder / 'source').read_text() for heir in heirs} == {(stage.folder / 'result.json').read_text()}


def test_jobs_that_start_from_a_failed_run_are_skipped(tmp_path):
    jobs = stages(tmp_path, 'fails/d_x', 'works/sd_x')
    outcomes = Scheduler([*jobs, *jobs_of(tmp_path, 'works/sd_y')]).run()
    assert states(outcomes) == {
        'fails/d_x seed 1': FAILED,
        'works/sd_x seed 1': SKIPPED,
        'works/sd_y seed 1': FINISHED,
    }
    assert 'fails/d_x seed 1' in next(str(outcome) for outcome in outcomes if outcome.state == SKIPPED)


def lock_is_free(job):
    with try_lock(job.folder / 'run.lock') as held:
        return held is not None


def wait_for(path):
    wait_until(lambda: path.exists() and path.read_text())


def wait_until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail('waited 30 s in vain')
