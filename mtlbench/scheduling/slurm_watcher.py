"""Asks slurm for the states of jobs. Imported where submitit is."""

from __future__ import annotations

from collections import defaultdict

from submitit import SlurmJob
from submitit.slurm.slurm import SlurmInfoWatcher

from mtlbench.scheduling.slurm_states import Patience

DELAY_S = 60


class Watcher(SlurmInfoWatcher):
    """submitit's, which asks for all jobs at once, except that it knows all states.

    submitit itself takes a job for failed that is suspended, held, or whose node failed, and never asks again.
    """

    def __init__(self) -> None:
        super().__init__(delay_s=DELAY_S)
        self._patience: defaultdict[str, Patience] = defaultdict(Patience)

    def is_done(self, job_id: str, mode: str = 'standard') -> bool:
        """Whether a job has ended for good."""
        return self._patience[job_id].is_over(self.get_state(job_id, mode=mode))


WATCHER = Watcher()


def watch(job: SlurmJob) -> None:
    """Have a job's state told by :class:`Watcher`."""
    job.watcher = WATCHER
    WATCHER.register_job(job.job_id)
