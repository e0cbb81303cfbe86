"""Runs on a cluster. Each job is submitted to the cluster's scheduler, which assigns one GPU to it."""

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
from mtlbench.scheduling.slurm_states import UNLISTED, look_up

if TYPE_CHECKING:
    import submitit

DAY_MIN = 24 * 60


class SubmittedJob:
    """A job that is queued or running on a cluster.

    Args:
        job: Job that it makes.
        submitted: Handle of submitit.
    """

    def __init__(self, job: Job, submitted: submitit.Job) -> None:
        self.job, self.submitted, self.start = job, submitted, time.monotonic()

    def poll(self) -> Outcome | None:
        """Return the outcome, or None while the job waits or runs."""
        if not self.submitted.done():
            return None
        try:
            return self.submitted.result()
        except Exception as error:  # the result is missing or unreadable
            where = f'job {self.submitted.job_id}, log {self.submitted.paths.stderr}'
            return _failed(self.job, error, f' ({where}{_why(self.submitted.state)})')

    def terminate(self) -> None:
        """Cancel the job."""
        self.submitted.cancel(check=False)

    def join(self) -> None:
        """Do nothing. The cluster's scheduler ends the job."""


class Cluster:
    """Submits jobs to a cluster.

    A job is named after the folder of its run and is submitted as a *singleton*: the cluster never runs two jobs of the
    same name and user at once, even where file locks do not work between nodes. A job that was interrupted by the
    cluster (time limit, preemption) or by a node failure is requeued and continues.

    Args:
        folder: Folder for the files of submitit, readable by all nodes.
        options: Options of the cluster with submitit's names, such as ``{'partition': 'gpu', 'time': 600}``.
        cluster: ``slurm``, or another executor of submitit.

    Raises:
        MissingExtraError: If submitit is not installed.
        ConfigError: If the cluster is not available or an option is unknown.
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
            raise ConfigError(f'cannot submit to {cluster}: {" ".join(str(error).split())}') from error

    def launch(self, job: Job, slot: str | None = None) -> SubmittedJob | Outcome:
        """Submit a job, unless it has finished."""
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
    """Return the name of a run in the queue, unique for its folder."""
    digest = hashlib.sha256(str(job.folder.resolve()).encode()).hexdigest()[:8]
    return f'{job.name.replace("/", "-")}-seed{job.seed}-{digest}'


def _why(state: str) -> str:
    """Return the reason for a failure according to the state of the job."""
    known = look_up(state)
    return '' if known is UNLISTED else f'; {state}: {known.why}'


def _failed(job: Job, error: Exception, where: str = '') -> Outcome:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return Outcome(job, FAILED, (lines[-1] if lines else type(error).__name__) + where)
