"""Parallel work in processes that end with their parent and leave signals to it."""

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
    """Call each batch once, in this process or in ``jobs`` child processes, with a progress bar.

    Args:
        batches: Picklable functions; each returns the number of steps that it completed.
        jobs: Number of processes.
        total: Total number of steps for the progress bar.
        description: Title of the progress bar.
        unit: Unit of a step for the progress bar.
    """
    with tqdm(total=total, unit=unit, desc=description) as bar:
        for done in results_of(batches, jobs):
            bar.update(done)


def results_of(batches: Sequence[Callable[[], Result]], jobs: int) -> Iterator[Result]:
    """Yield the result of each batch in the order of completion.

    Args:
        batches: Picklable functions.
        jobs: Number of processes; 1 for this process alone.

    An error or interruption that ends the iteration early ends the processes at once.
    """
    if jobs <= 1:
        for batch in batches:
            yield batch()
        return
    # A fork of a process that has cast rays would hang, because the threads of the ray caster are not copied.
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
    """Submit all batches to processes that inherit a signal mask and so never receive Ctrl-C, even during startup."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        return [pool.submit(batch) for batch in batches]
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare() -> None:
    """Prepare a child process: use one OpenCV thread and end with the parent."""
    import cv2

    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process after its parent, because a killed parent cannot end its children."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
