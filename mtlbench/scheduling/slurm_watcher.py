"""Queries of job states from Slurm. Requires submitit."""

from __future__ import annotations

from collections import defaultdict

from submitit import SlurmJob
from submitit.slurm.slurm import SlurmInfoWatcher

from mtlbench.scheduling.slurm_states import Patience

DELAY_S = 60


class Watcher(SlurmInfoWatcher):
    """Watcher of submitit, which queries all jobs at once, extended to all states.

    submitit itself treats jobs that are suspended or held, or whose node failed, as failed, and does not query again.
    """

    def __init__(self) -> None:
        super().__init__(delay_s=DELAY_S)
        self._patience: defaultdict[str, Patience] = defaultdict(Patience)

    def is_done(self, job_id: str, mode: str = 'standard') -> bool:
        """Return whether a job has ended for good."""
        return self._patience[job_id].is_over(self.get_state(job_id, mode=mode))


WATCHER = Watcher()


def watch(job: SlurmJob) -> None:
    """Use :class:`Watcher` for a job."""
    job.watcher = WATCHER
    WATCHER.register_job(job.job_id)
