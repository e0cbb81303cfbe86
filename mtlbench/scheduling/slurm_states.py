"""The states of slurm's jobs, and what each means for a run: whether to wait for it, and what its user can do."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

PATIENCE_S = 15 * 60.0
"""How long a job that was cut off may take to be queued again. Slurm does so at once, or when the node is given up."""


class Standing(Enum):
    """Where a job stands."""

    WAITS = 'waits'
    RUNS = 'runs'
    CUT_OFF = 'was cut off'
    ENDED = 'has ended'


class State(NamedTuple):
    """Where a job in this state stands, and why."""

    standing: Standing
    why: str


WAITS, RUNS, CUT_OFF, ENDED = Standing
STATES = {
    'PENDING': State(WAITS, 'it is in the queue'),
    'READY': State(WAITS, 'it is about to start'),
    'CONFIGURING': State(WAITS, 'its nodes are booting'),
    'POWER_UP_NODE': State(WAITS, 'its nodes are booting'),
    'REQUEUED': State(WAITS, 'it is queued again'),
    'REQUEUE_FED': State(WAITS, 'it is queued again, by another cluster of the federation'),
    'REQUEUE_HOLD': State(WAITS, 'it is queued again and held: scontrol release lets it go on'),
    'SPECIAL_EXIT': State(WAITS, 'it is queued again and held after an exit that its cluster marks: scontrol release'),
    'RESV_DEL_HOLD': State(WAITS, 'it is held, for its reservation is gone: scontrol release lets it go on'),
    'EXPEDITING': State(WAITS, 'it is queued again, ahead of others'),
    'SUSPENDED': State(WAITS, 'others have its processors for now: it goes on by itself, or by scontrol resume'),
    'STOPPED': State(WAITS, 'it was stopped (SIGSTOP) and keeps its processors: it goes on by SIGCONT'),
    'UNKNOWN': State(WAITS, 'accounting does not know it yet, or does not answer'),
    'RUNNING': State(RUNS, 'it runs'),
    'RESIZING': State(RUNS, 'it runs while its size changes'),
    'SIGNALING': State(RUNS, 'it runs and is sent a signal'),
    'UPDATE_DB': State(RUNS, 'it runs while accounting is brought up to date'),
    'REVOKED': State(RUNS, 'another cluster of the federation has started it'),
    'COMPLETING': State(RUNS, 'its last processes are ending'),
    'STAGE_OUT': State(RUNS, 'its files are being copied back'),
    'PREEMPTED': State(CUT_OFF, 'another job took its place'),
    'NODE_FAIL': State(CUT_OFF, 'a node failed'),
    'RECONFIG_FAIL': State(CUT_OFF, 'a node could not be set up'),
    'LAUNCH_FAILED': State(CUT_OFF, 'it could not be launched on its node'),
    'COMPLETED': State(ENDED, 'it has ended'),
    'FAILED': State(ENDED, 'it has failed'),
    'CANCELLED': State(ENDED, 'somebody cancelled it'),
    'TIMEOUT': State(ENDED, 'it met its time limit too often: --slurm time=MINUTES'),
    'DEADLINE': State(ENDED, 'it could not end before its deadline'),
    'OUT_OF_MEMORY': State(ENDED, 'it needed more memory than it had: --slurm mem=...'),
    'BOOT_FAIL': State(ENDED, 'its nodes did not boot, and it is not queued again'),
}
"""All states of ``sacct`` and ``squeue`` (slurm 24.11), and those that submitit adds."""
UNHEARD_OF = State(CUT_OFF, 'this state is not known here')


def look_up(state: str) -> State:
    """A state as ``sacct`` prints it, such as ``CANCELLED by 1000``."""
    word = state.upper().split()[0].rstrip('+') if state.strip() else 'UNKNOWN'
    return STATES.get(word, UNHEARD_OF)


class Patience:
    """Tells from the states of one job whether it is over.

    A job that was cut off is over when it is not queued again within :data:`PATIENCE_S`; whether it will be, depends on
    the cluster.

    Args:
        clock: Gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._cut_off: float | None = None

    def is_over(self, state: str) -> bool:
        """Whether the job has ended for good, now that it is in this state."""
        standing = look_up(state).standing
        if standing is not CUT_OFF:
            self._cut_off = None
            return standing is ENDED
        if self._cut_off is None:
            self._cut_off = self.clock()
        return self.clock() - self._cut_off >= PATIENCE_S
