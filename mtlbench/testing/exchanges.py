"""Contract of exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from mtlbench.models.exchanges import Exchange
from mtlbench.registry import EXCHANGES
from mtlbench.testing.contract import Case
from mtlbench.testing.modules import ModuleContract, assert_equal, distance

CHANNELS, LEVEL = 8, 2
NAMES = ('semseg', 'depth', 'normals', 'saliency')


class ExchangeContract(ModuleContract):
    """Checks of exchanges.

    A reference is a function ``reference(module, maps)`` of the built exchange, for its weights only, and of the maps
    by task, NumPy arrays (C, h, w) in float64. It returns the refined maps by task.

    Attributes:
        task_counts: Numbers of tasks that are tried.
    """

    registry, base = EXCHANGES, Exchange
    task_counts: ClassVar[Sequence[int]] = (2, 3, 4)

    def build(self, case: Case, seed: int = 0, **arguments: Any) -> Any:
        """Build an exchange for three tasks, or for those given."""
        return super().build(case, seed, **{'tasks': NAMES[:3], 'channels': CHANNELS, 'level': LEVEL, **arguments})

    def size(self, module: Any) -> tuple[int, int]:
        """Return the height and width of the maps."""
        return 8 * module.size_multiple, 12 * module.size_multiple

    def inputs(self, module: Any, count: int = 2, seed: int = 0) -> list[Tensor]:
        """Return one map per task."""
        draw = torch.Generator().manual_seed(seed)
        return [torch.randn(count, CHANNELS, *self.size(module), generator=draw) for _ in module.tasks]

    def outputs(self, module: Any, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the refined maps in the order of the tasks."""
        refined = module(dict(zip(module.tasks, inputs, strict=True)))
        return [refined[task] for task in module.tasks]

    def each_count(self, case: Case) -> list[Any]:
        """Build the exchange for every number of tasks, in evaluation mode."""
        return [self.build(case, tasks=NAMES[:count]).eval() for count in self.task_counts]

    def test_keys_and_shapes_are_kept(self, case: Case) -> None:
        """The maps keep keys, shape and dtype for two to four tasks, batches of one and two, and odd sizes."""
        for module in self.each_count(case):
            for count, rows, columns in ((1, 5, 7), (2, 6, 4), (2, 1, 3)):
                size = rows * module.size_multiple, columns * module.size_multiple
                maps = {task: torch.randn(count, CHANNELS, *size) for task in module.tasks}
                refined = module(maps)
                assert list(refined) == list(module.tasks)
                assert {(one.shape, one.dtype) for one in refined.values()} == {
                    ((count, CHANNELS, *size), torch.float32)
                }

    def test_tasks_exchange_features(self, case: Case) -> None:
        """Every task's map has an effect, and at least one task's result depends on the map of another."""
        module = self.ready(case)
        maps = [one.requires_grad_() for one in self.inputs(module)]
        outputs = self.outputs(module, maps)
        distance(outputs).backward(retain_graph=True)
        assert all(one.grad is not None and one.grad.any() for one in maps), 'a map has no effect'
        rows = [torch.autograd.grad(one.square().sum(), maps, retain_graph=True, allow_unused=True) for one in outputs]
        heard = [
            (source, target)
            for target, row in enumerate(rows)
            for source, gradient in enumerate(row)
            if source != target and gradient is not None and gradient.any()
        ]
        assert heard, 'no task depends on another'

    def test_order_of_the_dict_does_not_matter(self, case: Case) -> None:
        """Maps are found by the names of the tasks, not by their position in the dict."""
        module = self.ready(case)
        maps = dict(zip(module.tasks, self.inputs(module), strict=True))
        found, turned = module(maps), module(dict(reversed(maps.items())))
        assert_equal([found[task] for task in module.tasks], [turned[task] for task in module.tasks])

    def test_memory_format_is_kept(self, case: Case) -> None:
        """Maps in channels-last stay in it, which is the format of the network."""
        module = self.ready(case).to(memory_format=torch.channels_last)
        maps = [one.contiguous(memory_format=torch.channels_last) for one in self.inputs(module)]
        assert all(one.is_contiguous(memory_format=torch.channels_last) for one in self.outputs(module, maps))

    def test_equals_its_reference(self, case: Case) -> None:
        """In float64, the maps equal those of the reference to 1e-9, for two to four tasks."""
        reference = self.reference(case)
        for module in self.each_count(case):
            module = self.randomized(module).double()
            maps = {task: one[0].double() for task, one in zip(module.tasks, self.inputs(module, 1), strict=True)}
            expected = reference(module, {task: one.numpy() for task, one in maps.items()})
            found = module({task: one[None] for task, one in maps.items()})
            for task in module.tasks:
                np.testing.assert_allclose(found[task][0].detach().numpy(), expected[task], rtol=1e-9, atol=1e-9)
