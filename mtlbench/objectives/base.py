"""Base class of objectives."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mtlbench.objectives.step import Step
from mtlbench.tasks import Task


@dataclass(frozen=True)
class StreamFacts:
    """Properties of a stream that are known before training.

    Args:
        labels: Tasks that some of its samples are labeled for.
        batch_size: Number of samples in a batch.
        neighbor_offsets: Offsets, in frames, of the video frames that accompany every sample.
    """

    labels: frozenset[str]
    batch_size: int
    neighbor_offsets: tuple[int, ...]


class Objective(BaseModule):
    """Term of the training signal.

    Networks that an objective trains against the main network (*critics*) are in its attribute ``critics``. They have a
    loss and an optimizer of their own, ``optim_wrapper.critics`` in the config.

    Attributes:
        takes_turns: Whether all of its losses are computed only from streams that are :meth:`~Step.due`, so that the
            network can learn from one stream after the other (``model.routes.in_turn``).
        rank: Position in the order of objectives: lower ranks first, then by name.
        streams: Streams that the objective reads; None if unknown.
        unlabeled_tasks: Tasks that the objective trains without labels.
    """

    takes_turns: bool = False
    rank: int = 1
    streams: Sequence[str] | None = None
    unlabeled_tasks: Sequence[str] = ()

    def prepare(self, tasks: Mapping[str, Task], head_levels: Mapping[str, Sequence[int]]) -> None:
        """Build the parts that depend on the network; called once by the learner before training.

        Args:
            tasks: Tasks by name.
            head_levels: Levels at which the network predicts each task.
        """

    def adopt(self, network: nn.Module) -> None:
        """Keep a copy of the network, if the objective needs one; called once by the learner before training.

        Args:
            network: Network that learns.
        """

    def check_streams(self, streams: Mapping[str, StreamFacts]) -> None:
        """Reject streams that the objective cannot learn from; called once before training.

        Args:
            streams: Properties of the streams by name.

        Raises:
            ConfigError: When a stream lacks something that the objective needs.
        """

    def alter(self, step: Step) -> Any:
        """Change the images that the network learns from, if needed; called for all objectives before any losses.

        The losses of all objectives use the images after all changes.

        Returns:
            Context that :meth:`losses` of this objective needs; None for none.
        """

    @abstractmethod
    def losses(self, step: Step) -> dict[str, Tensor]:
        """Return scalar losses by term; :meth:`task_of` tells the task that each belongs to.

        If :meth:`alter` returns a value, it is passed as the second argument.
        """

    def task_of(self, term: str) -> str | None:
        """Return the task that a term belongs to, whose loss it is added to before the tasks are balanced.

        A term that belongs to no task of the network is added with weight 1. By default, a term belongs to the task of
        the same name.
        """
        return term

    def critic_losses(self, step: Step) -> dict[str, Tensor]:
        """Return scalar losses of the critics by term, computed from detached predictions."""
        return {}
