"""What a cluster's node does for one job. Imported where submitit is."""

from __future__ import annotations

from submitit.helpers import Checkpointable

from mtlbench.scheduling.attempt import begin
from mtlbench.scheduling.jobs import Job
from mtlbench.scheduling.outcome import Outcome


class ClusterJob(Checkpointable):
    """Makes a run, as it would be made here; when the scheduler cuts it off, it is queued again and goes on."""

    def __call__(self, job: Job) -> Outcome | None:
        """Make the run.

        Args:
            job: Which one.
        """
        attempt = begin(job)
        if isinstance(attempt, Outcome):
            return attempt
        try:
            attempt.child.wait()
        except BaseException:
            # The scheduler's signal arrives as SystemExit, after the job was put into the queue again.
            attempt.terminate()
            attempt.join()
            raise
        return attempt.poll()
