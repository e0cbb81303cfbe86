"""Work spread over processes, which end with the one that started them, and leave its signals to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from typing import TypeVar

from tqdm import tqdm

Result = TypeVar('Result')


def run_all(batches: Sequence[Callable[[], int]], jobs: int, total: int, description: str, unit: str = 'image') -> None:
    """Call each batch once, in this process or in ``jobs`` others, with a progress bar.

    Args:
        batches: Picklable; each returns how many of the ``total`` steps it was.
        jobs: Number of processes.
        total: For the progress bar.
        description: What is done, for the progress bar.
        unit: What a step is, for the progress bar.
    """
    with tqdm(total=total, unit=unit, desc=description) as bar:
        for done in results_of(batches, jobs):
            bar.update(done)


def results_of(batches: Sequence[Callable[[], Result]], jobs: int) -> Iterator[Result]:
    """What each batch returns, in the order in which they are done.

    Args:
        batches: Picklable.
        jobs: Number of processes; 1 for this process alone.

    What ends the iteration early, an error or an interruption, ends the processes at once.
    """
    if jobs <= 1:
        for batch in batches:
            yield batch()
        return
    # A forked copy of a process that has cast rays would hang: the ray caster's threads are not copied.
    context = multiprocessing.get_context('spawn')
    with ProcessPoolExecutor(max(min(jobs, len(batches)), 1), mp_context=context, initializer=_prepare) as pool:
        try:
            futures = _submitted(pool, batches)
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _submitted(pool: ProcessPoolExecutor, batches: Sequence[Callable[[], Result]]) -> list[Future[Result]]:
    """All batches in the hands of processes that never get Ctrl-C, not even while they start: the mask is inherited."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        return [pool.submit(batch) for batch in batches]
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare() -> None:
    """Make this process one of several that share the machine and live no longer than the one that started them."""
    import cv2

    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed cannot tell its children; without this they would go on with its work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
