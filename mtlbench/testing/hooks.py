"""Contract of hooks."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, ClassVar

import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner, get_priority
from torch import Tensor, nn

from mtlbench.registry import HOOKS
from mtlbench.testing.contract import Case, Contract

UPDATES = 3


class HookContract(Contract):
    """Checks of hooks in short trainings by mmengine's Runner.

    Attributes:
        changes_training: Whether the hook is meant to change what the model learns.
    """

    registry, base = HOOKS, Hook
    changes_training: ClassVar[bool] = False

    def model(self) -> BaseModel:
        """Return the model to train; one that needs a certain model overrides it."""
        return PlainModel()

    def weights(self, folder: str, *hooks: Hook) -> list[Tensor]:
        """Train the model with hooks and return its weights."""
        torch.manual_seed(0)
        runner = Runner(
            model=self.model(),
            work_dir=folder,
            train_dataloader=dict(
                dataset=[dict(inputs=row) for row in torch.eye(4)], batch_size=2, sampler=dict(type='InfiniteSampler')
            ),
            train_cfg=dict(by_epoch=False, max_iters=UPDATES),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
            custom_hooks=list(hooks),
            default_hooks=dict(checkpoint=None),
            randomness=dict(seed=0),
            log_level='ERROR',
            default_scope='mtlbench',
            experiment_name=f'contract_{Path(folder).name}',
        )
        runner.train()
        return [value.detach() for value in runner.model.state_dict().values()]

    def test_priority_is_known(self, case: Case) -> None:
        """The priority is one of mmengine's."""
        assert 0 <= get_priority(self.build(case).priority) <= 100

    def test_training_ends(self, case: Case) -> None:
        """A training with the hook ends, with the weights of one without, unless it is meant to change them."""
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            found, plain = self.weights(one, self.build(case)), self.weights(other)
        assert all(value.isfinite().all() for value in found)
        same = all(torch.equal(value, wanted) for value, wanted in zip(found, plain, strict=True))
        assert same or self.changes_training, 'the hook changes the weights; is that meant?'

    def test_a_second_training_is_like_the_first(self, case: Case) -> None:
        """A hook keeps nothing of a training that changes the next one."""
        hook = self.build(case)
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            found, again = self.weights(one, hook), self.weights(other, hook)
        assert all(torch.equal(value, wanted) for value, wanted in zip(found, again, strict=True))


class PlainModel(BaseModel):
    """One linear layer with dropout, which draws random numbers in every update."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.5))

    def forward(self, inputs: Any, mode: str = 'loss') -> dict[str, Tensor]:
        """Return the loss."""
        return {'loss': self.layer(torch.stack(list(inputs))).square().mean()}
