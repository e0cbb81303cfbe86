"""Execution of a job on a cluster node. Requires submitit."""

from __future__ import annotations

from submitit.helpers import Checkpointable

from mtlbench.scheduling.attempt import begin
from mtlbench.scheduling.jobs import Job
from mtlbench.scheduling.outcome import Outcome


class ClusterJob(Checkpointable):
    """Makes a run as on the local machine. If the cluster interrupts it, it is requeued and continues."""

    def __call__(self, job: Job) -> Outcome | None:
        """Make the run.

        Args:
            job: Job of the run.
        """
        attempt = begin(job)
        if isinstance(attempt, Outcome):
            return attempt
        try:
            attempt.child.wait()
        except BaseException:
            # The signal of the cluster arrives as SystemExit, after the job was requeued.
            attempt.terminate()
            attempt.join()
            raise
        return attempt.poll()
