"""Summary of a run's balancer for the record."""

from __future__ import annotations

from typing import Any

from mmengine.logging import HistoryBuffer
from mmengine.runner import Runner

from mtlbench.balancers import Balancer
from mtlbench.engine.accumulation import Accumulation
from mtlbench.engine.model import learner_of
from mtlbench.records.fields import MAX_REAL


def balance_of(runner: Runner) -> dict[str, Any]:
    """Return the field ``balancer`` of the record of a run; see :class:`mtlbench.records.ResultRecord`.

    Means are taken over the updates that the message hub holds: all, or the newest million.
    """
    balancer: Balancer = learner_of(runner).balancer
    found: dict[str, Any] = {'type': runner.cfg.model.balancer.type}
    if balancer.consumes != 'losses':
        found['gradients_on'] = runner.cfg.model.get('gradients_on', 'maps')
    if balancer.constant:
        return {**found, 'constant': {task: float(one) for task, one in balancer.current_weights().items()}}
    logged = runner.message_hub.log_scalars
    buffers = {task: logged[f'train/weight_{task}'] for task in balancer.tasks if f'train/weight_{task}' in logged}
    if buffers:
        updates = Accumulation.of(runner).updates(runner.iter)
        found['weights'] = {task: _summary(buffers.get(task), updates) for task in balancer.tasks}
    if balancer.consumes != 'losses' and 'train/conflict' in logged:
        found['conflict'] = float(logged['train/conflict'].data[0].mean())
    if hasattr(balancer, 'failures'):
        found['failures'] = int(balancer.failures)
    return found


def _summary(buffer: HistoryBuffer | None, updates: int) -> dict[str, float | None]:
    """Return the mean and last weight of a task, and the share of updates that it took part in."""
    if buffer is None:
        return {'mean': None, 'last': None, 'share': 0.0}
    values = buffer.data[0]
    # A full buffer has dropped its oldest updates, so their number is unknown.
    share = len(values) / updates if len(values) < buffer.max_length else None
    return {'mean': _recordable(values.mean()), 'last': _recordable(values[-1]), 'share': share}


def _recordable(value: Any) -> float | None:
    """Return a value as a record can hold it; None if it is not finite or too large."""
    return float(value) if abs(value) <= MAX_REAL else None
