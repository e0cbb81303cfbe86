"""Job states of Slurm: whether to wait for a job in this state, and what the user can do."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

PATIENCE_S = 15 * 60.0
"""Maximum time until an interrupted job is requeued. Slurm requeues at once, or when it gives up the node."""


class Standing(Enum):
    """Standing of a job."""

    WAITS = 'waits'
    RUNS = 'runs'
    INTERRUPTED = 'was interrupted'
    ENDED = 'has ended'


class State(NamedTuple):
    """Standing of a job in a state, and the reason."""

    standing: Standing
    why: str


WAITS, RUNS, INTERRUPTED, ENDED = Standing
STATES = {
    'PENDING': State(WAITS, 'it is in the queue'),
    'READY': State(WAITS, 'it is about to start'),
    'CONFIGURING': State(WAITS, 'its nodes are booting'),
    'POWER_UP_NODE': State(WAITS, 'its nodes are booting'),
    'REQUEUED': State(WAITS, 'it was requeued'),
    'REQUEUE_FED': State(WAITS, 'it was requeued by another cluster of the federation'),
    'REQUEUE_HOLD': State(WAITS, 'it was requeued and is held; continue it with scontrol release'),
    'SPECIAL_EXIT': State(WAITS, 'it was requeued and is held after a special exit; continue it with scontrol release'),
    'RESV_DEL_HOLD': State(WAITS, 'it is held because its reservation was deleted; continue it with scontrol release'),
    'EXPEDITING': State(WAITS, 'it was requeued ahead of others'),
    'SUSPENDED': State(WAITS, 'it is suspended in favor of others; it continues by itself or with scontrol resume'),
    'STOPPED': State(WAITS, 'it was stopped (SIGSTOP) and keeps its processors; continue it with SIGCONT'),
    'UNKNOWN': State(WAITS, 'accounting does not list it yet or does not respond'),
    'RUNNING': State(RUNS, 'it runs'),
    'RESIZING': State(RUNS, 'it runs while its size changes'),
    'SIGNALING': State(RUNS, 'it runs and receives a signal'),
    'UPDATE_DB': State(RUNS, 'it runs while accounting is updated'),
    'REVOKED': State(RUNS, 'another cluster of the federation has started it'),
    'COMPLETING': State(RUNS, 'its last processes are ending'),
    'STAGE_OUT': State(RUNS, 'its files are being copied back'),
    'PREEMPTED': State(INTERRUPTED, 'it was preempted by another job'),
    'NODE_FAIL': State(INTERRUPTED, 'a node failed'),
    'RECONFIG_FAIL': State(INTERRUPTED, 'a node could not be configured'),
    'LAUNCH_FAILED': State(INTERRUPTED, 'it could not be launched on its node'),
    'COMPLETED': State(ENDED, 'it has ended'),
    'FAILED': State(ENDED, 'it has failed'),
    'CANCELLED': State(ENDED, 'it was cancelled'),
    'TIMEOUT': State(ENDED, 'it reached its time limit too often; set --slurm time=MINUTES'),
    'DEADLINE': State(ENDED, 'it could not finish before its deadline'),
    'OUT_OF_MEMORY': State(ENDED, 'it ran out of memory; set --slurm mem=...'),
    'BOOT_FAIL': State(ENDED, 'its nodes did not boot, and it is not requeued'),
}
"""All states of ``sacct`` and ``squeue`` (Slurm 24.11), and those that submitit adds."""
UNLISTED = State(INTERRUPTED, 'this state is unknown')


def look_up(state: str) -> State:
    """Look up a state as printed by ``sacct``, such as ``CANCELLED by 1000``."""
    word = state.upper().split()[0].rstrip('+') if state.strip() else 'UNKNOWN'
    return STATES.get(word, UNLISTED)


class Patience:
    """Decides from the states of a job whether it has ended for good.

    An interrupted job has ended if it is not requeued within :data:`PATIENCE_S`. Requeueing depends on the cluster.

    Args:
        clock: Function that returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._interrupted: float | None = None

    def is_over(self, state: str) -> bool:
        """Return whether a job in this state has ended for good."""
        standing = look_up(state).standing
        if standing is not INTERRUPTED:
            self._interrupted = None
            return standing is ENDED
        if self._interrupted is None:
            self._interrupted = self.clock()
        return self.clock() - self._interrupted >= PATIENCE_S
