"""Runs through submitit. Its local executor stands in for the cluster: the same pickles, signals and processes."""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.records.lock import try_lock
from mtlbench.scheduling import slurm_states
from mtlbench.scheduling.cluster import Cluster, job_name
from mtlbench.scheduling.jobs import Overlay, plan
from mtlbench.scheduling.outcome import BEFORE, ELSEWHERE, FAILED, FINISHED
from mtlbench.scheduling.scheduler import Scheduler

STAND_IN = (sys.executable, str(Path(__file__).with_name('stand_in.py')))


@pytest.fixture
def cluster(tmp_path, monkeypatch, make_record):
    pytest.importorskip('submitit')
    make_record('any/sd_vkitti2').write(tmp_path / 'any.json')
    monkeypatch.setenv('STAND_IN_RECORD', str(tmp_path / 'any.json'))
    return Cluster(tmp_path / 'cluster', {}, cluster='local')


@pytest.fixture
def run(cluster):
    return lambda jobs: {str(o.job): o for o in Scheduler(jobs, [None] * len(jobs), launch=cluster.launch).run()}


def jobs_of(tmp_path, *configs, seeds=(1,)):
    return plan(configs, seeds, Overlay(), tmp_path / 'runs', trivial=False, command=STAND_IN)


def test_runs_finish_fail_and_are_passed_over(tmp_path, run):
    jobs = jobs_of(tmp_path, 'works/sd_x', 'fails/sd_x')
    works, fails = jobs
    outcomes = run(jobs)
    assert outcomes[str(works)].state == FINISHED
    assert outcomes[str(fails)].state == FAILED
    assert 'the disk is full' in outcomes[str(fails)].detail
    assert (works.folder / 'gpu').read_text() == '0'
    assert run([works])[str(works)].state == BEFORE


def test_a_run_held_by_another_process_is_left_to_it(tmp_path, run):
    (job,) = jobs_of(tmp_path, 'works/sd_x')
    with try_lock(job.folder / 'run.lock'):
        assert run([job])[str(job)].state == ELSEWHERE
    assert run([job])[str(job)].state == FINISHED


def test_what_the_scheduler_preempts_is_queued_again_and_goes_on(tmp_path, cluster):
    (job,) = jobs_of(tmp_path, 'cut_by_cluster/sd_x')
    submitted = cluster.launch(job)
    wait_until(lambda: (job.folder / 'checkpoint').exists())
    os.kill(int((job.folder / 'parent').read_text()), signal.SIGUSR2)
    wait_until(lambda: submitted.poll() is not None)
    assert submitted.poll().state == FINISHED
    assert len((job.folder / 'starts').read_text().split()) == 2


@pytest.fixture
def interruptible():
    """Submitit's local jobs are ended by SIGINT, which what runs in the background of a shell inherits as ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures('interruptible')
def test_stopping_ends_the_runs(tmp_path, cluster):
    (job,) = jobs_of(tmp_path, 'hangs/sd_x')
    runner = Scheduler([job], launch=partial(stop_when_started, cluster))
    stop_when_started.runner = runner
    runner.run()
    wait_until(lambda: lock_is_free(job))
    assert not (job.folder / 'result.json').exists()


def stop_when_started(cluster, job, slot):
    submitted = cluster.launch(job, slot)
    wait_until(lambda: (job.folder / 'starts').exists())
    stop_when_started.runner.stop()
    return submitted


def test_a_folder_has_a_name_of_its_own_in_the_queue(tmp_path):
    jobs = [*jobs_of(tmp_path, 'xtam/sd_x', seeds=(1, 2)), *jobs_of(tmp_path / 'other', 'xtam/sd_x')]
    names = [job_name(job) for job in jobs]
    assert len(set(names)) == 3
    assert names[0].startswith('xtam-sd_x-seed1-')
    assert names[0] == job_name(jobs_of(tmp_path / 'other' / '..', 'xtam/sd_x')[0])


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Commands of a cluster that takes every script and runs none."""
    pytest.importorskip('submitit')

    def answer(sbatch):
        cancel, show = 'touch $(dirname $0)/cancelled_$1', 'cat $(dirname $0)/states'
        for name, text in (('srun', ''), ('sbatch', sbatch), ('scancel', cancel), ('sacct', show)):
            path = tmp_path / 'bin' / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f'#!/bin/sh\n{text}\n')
            path.chmod(0o755)
        return tmp_path / 'bin'

    monkeypatch.setenv('PATH', f'{tmp_path / "bin"}:{os.environ["PATH"]}')
    return answer


def test_slurm_gets_its_options(tmp_path, slurm):
    folder = slurm('cp $1 $(dirname $0)/script; echo Submitted batch job 12')
    cluster = Cluster(tmp_path / 'cluster', {'partition': 'big', 'time': 600, 'account': 'lab'})
    (job,) = jobs_of(tmp_path, 'works/sd_x')
    submitted = cluster.launch(job)
    flags = {line.split()[1] for line in (folder / 'script').read_text().splitlines() if line.startswith('#SBATCH')}
    wanted = {
        '--partition=big',
        '--time=600',
        '--account=lab',
        '--gpus-per-node=1',
        '--dependency=singleton',
        '--requeue',
    }
    assert wanted | {f'--job-name={job_name(job)}'} <= flags
    submitted.terminate()
    assert (folder / 'cancelled_12').exists()


GOING_ON = {name for name, state in slurm_states.STATES.items() if state.standing.value in ('waits', 'runs')}
CUT_OFF = ['NODE_FAIL', 'PREEMPTED', 'LAUNCH_FAILED', 'SOMETHING_NEW']
OVER = ['FAILED', 'CANCELLED', 'CANCELLED by 1000', 'CANCELLED+', 'TIMEOUT', 'DEADLINE', 'OUT_OF_MEMORY', 'BOOT_FAIL']


@pytest.fixture
def job_in_state(tmp_path, slurm, monkeypatch):
    """A job that slurm took, and a way to put it into a state and ask what became of it, a while later."""
    from mtlbench.scheduling import slurm_watcher

    now = [0.0]
    monkeypatch.setattr(slurm_watcher, 'WATCHER', slurm_watcher.Watcher())
    monkeypatch.setattr(slurm_states.Patience.__init__, '__defaults__', (lambda: now[0],))
    folder = slurm('echo Submitted batch job 12')
    submitted = Cluster(tmp_path / 'cluster', {}).launch(jobs_of(tmp_path, 'works/sd_x')[0])
    submitted.submitted._results_timeout_s = 0

    def poll(state, later_s=0.0):
        (folder / 'states').write_text(f'JobID|State|NodeList\n12|{state}|n1\n12.batch|{state}|n1\n')
        now[0] += later_s
        submitted.submitted.watcher.update()
        return submitted.poll()

    return poll


@pytest.mark.parametrize('state', sorted(GOING_ON))
def test_a_job_that_will_go_on_is_waited_for(job_in_state, state):
    assert job_in_state(state) is None
    assert job_in_state(state, later_s=7 * 24 * 3600) is None
    assert job_in_state('RUNNING') is None
    assert job_in_state('FAILED').state == FAILED


@pytest.mark.parametrize('state', CUT_OFF)
def test_a_job_that_was_cut_off_is_given_time_to_be_queued_again(job_in_state, state):
    assert job_in_state(state) is None
    assert job_in_state('PENDING', later_s=60) is None
    assert job_in_state(state, later_s=3600) is None
    assert job_in_state(state, later_s=slurm_states.PATIENCE_S - 1) is None
    assert job_in_state(state, later_s=1).state == FAILED


@pytest.mark.parametrize('state', OVER)
def test_a_job_that_is_over_has_failed_for_a_reason(job_in_state, state):
    outcome = job_in_state(state)
    assert outcome.state == FAILED
    assert slurm_states.look_up(state).why in outcome.detail
    assert 'job 12, log ' in outcome.detail


def test_every_state_has_a_reason():
    assert all(state.why for state in slurm_states.STATES.values())
    assert {'SUSPENDED', 'REQUEUE_HOLD', 'REQUEUED', 'CONFIGURING', 'COMPLETING', 'RESIZING'} <= GOING_ON
    assert slurm_states.look_up('').standing is slurm_states.WAITS


def test_what_slurm_refuses_is_told(tmp_path, slurm):
    slurm('echo "sbatch: error: invalid partition specified: big" >&2; exit 1')
    outcome = Cluster(tmp_path / 'cluster', {'partition': 'big'}).launch(jobs_of(tmp_path, 'works/sd_x')[0])
    assert outcome.state == FAILED
    assert 'invalid partition' in outcome.detail
    with pytest.raises(ConfigError, match='partitoin'):
        Cluster(tmp_path / 'cluster', {'partitoin': 'big'})
    with pytest.raises(ConfigError, match='minutes'):
        Cluster(tmp_path / 'cluster', {'time': '24:00:00'})


def test_without_a_cluster_or_submitit_the_reason_is_told(tmp_path, monkeypatch):
    pytest.importorskip('submitit')
    with pytest.raises(ConfigError, match='srun'):
        Cluster(tmp_path / 'cluster', {})
    monkeypatch.setitem(sys.modules, 'submitit', None)
    with pytest.raises(MissingExtraError, match=r'mtlbench\[cluster\]'):
        Cluster(tmp_path / 'cluster', {})


def lock_is_free(job):
    with try_lock(job.folder / 'run.lock') as lock:
        return lock is not None


def wait_until(condition):
    for _ in range(2400):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail('waited two minutes in vain')
