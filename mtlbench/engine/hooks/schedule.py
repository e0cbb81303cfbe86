"""Schedule of numeric attributes of the model."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mtlbench.engine.accumulation import iterations_per_update
from mtlbench.engine.model import learner_of
from mtlbench.errors import ConfigError
from mtlbench.registry import HOOKS


@HOOKS.register_module()
class ScheduledValueHook(Hook):
    """Set an attribute of the model to a new value from given updates of the optimizer on.

    The value depends on the update alone, so a resumed run has the right one.

    Args:
        target: Path of the attribute, such as ``'objectives.orthogonal.weight'``.
        values: Pairs (first update, value) with increasing updates, starting at 1.

    Raises:
        ConfigError: When the pairs do not increase from 1 or, before training, when the attribute does not exist.
    """

    scaled_arguments = {'values': 'starts'}

    def __init__(self, target: str, values: Sequence[tuple[int, float]]) -> None:
        starts = [start for start, _ in values]
        if not starts or starts[0] != 1 or starts != sorted(set(starts)):
            raise ConfigError(
                f'ScheduledValueHook: values is {values}, expected pairs (update, value) that rise from 1'
            )
        self.target, self.values = target, [(int(start), float(value)) for start, value in values]

    def before_train(self, runner: Runner) -> None:
        """Check that the attribute exists."""
        owner, name = self._owner(runner)
        if not hasattr(owner, name):
            raise ConfigError(f"ScheduledValueHook: target: a {type(owner).__name__} has no attribute '{name}'")

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Set the value of this update."""
        owner, name = self._owner(runner)
        setattr(owner, name, self.value_at(runner.iter // iterations_per_update(runner) + 1))

    def value_at(self, update: int) -> float:
        """Return the value at an update, counted from 1."""
        return [value for start, value in self.values if start <= update][-1]

    def _owner(self, runner: Runner) -> tuple[Any, str]:
        model = learner_of(runner)
        path, _, name = self.target.rpartition('.')
        try:
            return (attrgetter(path)(model) if path else model), name
        except AttributeError as error:
            raise ConfigError(f"ScheduledValueHook: target: the model has no '{path}' ({error})") from error
