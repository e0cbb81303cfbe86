"""Contract of networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.registry import MODELS
from mtlbench.tasks import Task
from mtlbench.testing.contract import Case, rejected
from mtlbench.testing.modules import ModuleContract, assert_equal
from mtlbench.testing.parts import PlainTask


class NetworkContract(ModuleContract):
    """Checks of networks, as :class:`mtlbench.structures.Network` describes them."""

    registry, base = MODELS, nn.Module

    def tasks(self) -> Mapping[str, Task]:
        """Return the tasks that the network is built for."""
        return {'semseg': PlainTask('semseg', 3), 'depth': PlainTask('depth')}

    def build(self, case: Case, seed: int = 0, **arguments: Any) -> Any:
        """Build the network for the tasks."""
        return super().build(case, seed, **{'tasks': self.tasks(), **arguments})

    def inputs(self, module: Any, count: int = 2, seed: int = 0) -> list[Tensor]:
        """Return images of at least 64 x 96 pixels that suit ``size_multiple``."""
        multiple = getattr(module, 'size_multiple', 1)
        height, width = (-(-side // multiple) * multiple for side in (64, 96))
        return [torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))]

    def outputs(self, module: Any, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the predictions of all tasks and levels."""
        return [one for levels in module(*inputs).values() for one in levels.values()]

    def test_predictions_are_as_declared(self, case: Case) -> None:
        """Every task is predicted at its head levels; level 0 has the task's channels and the size of the images."""
        module = self.build(case).eval()
        for count in (1, 2):
            (images,) = self.inputs(module, count)
            with torch.no_grad():
                predictions = module(images)
            assert list(predictions) == list(self.tasks())
            for name, task in self.tasks().items():
                assert set(predictions[name]) == set(module.head_levels[name])
                assert predictions[name][0].shape == (count, task.out_channels, *images.shape[-2:])

    def test_decode_of_encode_is_the_forward_pass(self, case: Case) -> None:
        """Objectives may call encoder and decoders separately."""
        module = self.ready(case)
        (images,) = self.inputs(module)
        parts = module.decode(module.encode(images), images.shape[-2:])
        assert_equal([one for levels in parts.values() for one in levels.values()], self.outputs(module, [images]))

    def test_a_task_alone_has_the_same_predictions(self, case: Case) -> None:
        """With ``tasks``, only these tasks are predicted, with the same values."""
        module = self.ready(case)
        (images,) = self.inputs(module)
        for name, levels in module(images).items():
            alone = module(images, [name])
            assert list(alone) == [name]
            assert_equal(list(alone[name].values()), list(levels.values()))

    def test_unsuitable_sizes_are_rejected(self, case: Case) -> None:
        """Images whose sides are no multiples of ``size_multiple`` raise a ConfigError."""
        module = self.build(case).eval()
        if getattr(module, 'size_multiple', 1) == 1:
            return
        height, width = self.inputs(module)[0].shape[-2:]
        with rejected(f'an image of height {height - 1}'):
            module(torch.rand(1, 3, height - 1, width))
