"""Runs on a cluster: each job is submitted to its scheduler, which gives it a GPU of its own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from subprocess import CalledProcessError
from typing import TYPE_CHECKING, Any

from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.scheduling.attempt import settled
from mtlbench.scheduling.jobs import Job
from mtlbench.scheduling.outcome import FAILED, Outcome
from mtlbench.scheduling.slurm_states import UNHEARD_OF, look_up

if TYPE_CHECKING:
    import submitit

DAY_MIN = 24 * 60


class SubmittedJob:
    """A job in the hands of the scheduler: in its queue, or at work on a node.

    Args:
        job: What it makes.
        submitted: The scheduler's handle of it.
    """

    def __init__(self, job: Job, submitted: submitit.Job) -> None:
        self.job, self.submitted, self.start = job, submitted, time.monotonic()

    def poll(self) -> Outcome | None:
        """What became of it, or None while it waits or runs."""
        if not self.submitted.done():
            return None
        try:
            return self.submitted.result()
        except Exception as error:  # it has no result, or one that cannot be read
            where = f'job {self.submitted.job_id}, log {self.submitted.paths.stderr}'
            return _failed(self.job, error, f' ({where}{_why(self.submitted.state)})')

    def terminate(self) -> None:
        """Take it out of the queue, or end it."""
        self.submitted.cancel(check=False)

    def join(self) -> None:
        """Nothing: the scheduler sees to the rest."""


class Cluster:
    """Submits jobs.

    A job bears the name of its run's folder and is submitted as a *singleton*: the scheduler never runs two of one name
    and user at once, whatever the file system's locks are worth between nodes. One that was cut off by the scheduler
    (time limit, preemption) or whose node failed is put into the queue again, where it goes on.

    Args:
        folder: Where submitit keeps its files, readable by all nodes.
        options: Options of the scheduler, such as ``{'partition': 'gpu', 'time': 600}``, as submitit calls them.
        cluster: ``slurm``, or another executor of submitit.

    Raises:
        MissingExtraError: Without submitit.
        ConfigError: When there is no such cluster here, or no such option.
    """

    def __init__(self, folder: Path, options: Mapping[str, Any], cluster: str = 'slurm') -> None:
        try:
            import submitit
        except ImportError as error:
            raise MissingExtraError('submitit', 'cluster') from error
        if not isinstance(options.get('time', DAY_MIN), int):
            raise ConfigError(f'--slurm time={options["time"]}: expected a number of minutes')
        given = {f'{cluster}_{key}': value for key, value in options.items()}
        try:
            self._executor = submitit.AutoExecutor(folder=folder, cluster=cluster)
            self._executor.update_parameters(
                timeout_min=DAY_MIN,
                gpus_per_node=1,
                slurm_dependency='singleton',
                slurm_additional_parameters={'requeue': True},
            )
            self._executor.update_parameters(**given)
        except (RuntimeError, NameError, ValueError, TypeError) as error:
            raise ConfigError(f'no runs on {cluster}: {" ".join(str(error).split())}') from error

    def launch(self, job: Job, slot: str | None = None) -> SubmittedJob | Outcome:
        """Submit a job that has not finished."""
        from submitit import SlurmJob

        from mtlbench.scheduling.cluster_job import ClusterJob
        from mtlbench.scheduling.slurm_watcher import watch

        known = settled(job)
        if known:
            return known
        self._executor.update_parameters(name=job_name(job))
        try:
            submitted = self._executor.submit(ClusterJob(), job)
            if isinstance(submitted, SlurmJob):
                watch(submitted)
            return SubmittedJob(job, submitted)
        except (OSError, RuntimeError, CalledProcessError) as error:
            return _failed(job, error)


def job_name(job: Job) -> str:
    """The name of a run in the queue: the same for the same folder, and for no other."""
    digest = hashlib.sha256(str(job.folder.resolve()).encode()).hexdigest()[:8]
    return f'{job.name.replace("/", "-")}-seed{job.seed}-{digest}'


def _why(state: str) -> str:
    """What slurm's state of a job says of its failure."""
    known = look_up(state)
    return '' if known is UNHEARD_OF else f'; {state}: {known.why}'


def _failed(job: Job, error: Exception, where: str = '') -> Outcome:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return Outcome(job, FAILED, (lines[-1] if lines else type(error).__name__) + where)
