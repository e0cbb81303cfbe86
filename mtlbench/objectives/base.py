"""The contract of an objective."""

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
    """What is known of a stream before training.

    Args:
        labels: The tasks that some of its samples are labeled for.
        batch_size: Samples in a batch.
        neighbor_offsets: The video frames that every sample has beside it.
    """

    labels: frozenset[str]
    batch_size: int
    neighbor_offsets: tuple[int, ...]


class Objective(BaseModule):
    """One term of the training signal.

    Networks that learn against it (*critics*) live in its attribute ``critics``. They have a loss and an optimizer of
    their own, ``optim_wrapper.critics`` in the config.

    Attributes:
        takes_turns: Whether its losses and those of its critics are of the streams alone that are :meth:`~Step.due`, so
            that the network can learn from one stream after the other, ``model.routes.in_turn``.
        rank: Objectives of a smaller rank act first, those of one rank in the order of their names.
        streams: The streams that it reads; None: it does not tell.
        unlabeled_tasks: The tasks that it trains without labels.
    """

    takes_turns: bool = False
    rank: int = 1
    streams: Sequence[str] | None = None
    unlabeled_tasks: Sequence[str] = ()

    def prepare(self, tasks: Mapping[str, Task], head_levels: Mapping[str, Sequence[int]]) -> None:
        """Called once by the learner, before training: builds what depends on the network.

        Args:
            tasks: The tasks by name.
            head_levels: The levels that the network predicts each task at.
        """

    def adopt(self, network: nn.Module) -> None:
        """Called once by the learner, before training, for an objective that keeps a copy of the network.

        Args:
            network: The network that learns.
        """

    def check_streams(self, streams: Mapping[str, StreamFacts]) -> None:
        """Called once before training: may refuse streams that it cannot learn from.

        Args:
            streams: The streams by name.

        Raises:
            ConfigError: Naming the stream and what it lacks.
        """

    def alter(self, step: Step) -> Any:
        """Called for all objectives before the losses of any: may change the images that the network learns from.

        Every objective's losses are of the images after all changes.

        Returns:
            What :meth:`losses` of this objective needs to know of it; None for nothing.
        """

    @abstractmethod
    def losses(self, step: Step) -> dict[str, Tensor]:
        """Scalar losses by term. A term named like a task is what the balancer weighs for that task.

        An objective whose :meth:`alter` returns something takes it as a second argument.
        """

    def critic_losses(self, step: Step) -> dict[str, Tensor]:
        """Scalar losses of the critics by term, of detached predictions."""
        return {}
