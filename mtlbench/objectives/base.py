"""The contract of an objective."""

from __future__ import annotations

from abc import abstractmethod

from mmengine.model import BaseModule
from torch import Tensor

from mtlbench.objectives.step import Step


class Objective(BaseModule):
    """One term of the training signal."""

    @abstractmethod
    def losses(self, step: Step) -> dict[str, Tensor]:
        """Scalar losses by term. A term named like a task is what the balancer weighs for that task."""
