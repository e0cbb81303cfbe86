"""Evaluation on further datasets after the main one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.runner import Runner, TestLoop, ValLoop
from torch.utils.data import DataLoader

from mtlbench.registry import LOOPS


class FurtherEvaluator:
    """Evaluator that computes the scores of the first dataset, then those of further ones.

    Args:
        evaluator: Evaluator of mmengine that computes the scores.
        runner: Runner whose model predicts.
        loaders: Loaders of the further datasets by name.
    """

    def __init__(self, evaluator: Any, runner: Runner, loaders: Mapping[str, DataLoader]) -> None:
        self.evaluator, self.runner, self.loaders = evaluator, runner, loaders

    def process(self, data_samples: Any, data_batch: Any = None) -> None:
        """Add a batch of the first dataset."""
        self.evaluator.process(data_samples=data_samples, data_batch=data_batch)

    @torch.no_grad()
    def evaluate(self, size: int) -> dict[str, float]:
        """Return the scores on the first dataset, of that size, and on the others as ``<task>/<metric>@<name>``."""
        scores = dict(self.evaluator.evaluate(size))
        for name, loader in self.loaders.items():
            for batch in loader:
                self.process(self.runner.model.val_step(batch), batch)
            others = self.evaluator.evaluate(len(loader.dataset))  # type: ignore[arg-type]
            scores.update({f'{metric}@{name}': value for metric, value in others.items()})
        return scores


@LOOPS.register_module()
class FurtherValLoop(ValLoop):
    """Validate on several datasets.

    Args:
        runner: Runner of the loop.
        dataloader: Loader of the main dataset.
        evaluator: Evaluator that computes the scores.
        further: Loader configs of the other datasets by name.
    """

    def __init__(self, runner: Runner, dataloader: Any, evaluator: Any, further: Mapping[str, dict]) -> None:
        super().__init__(runner, dataloader, evaluator)
        self.further = _built(runner, further)
        self.evaluator: Any = FurtherEvaluator(self.evaluator, runner, self.further)


@LOOPS.register_module()
class FurtherTestLoop(TestLoop):
    """Test on several datasets, as :class:`FurtherValLoop` validates."""

    def __init__(self, runner: Runner, dataloader: Any, evaluator: Any, further: Mapping[str, dict]) -> None:
        super().__init__(runner, dataloader, evaluator)
        self.evaluator: Any = FurtherEvaluator(self.evaluator, runner, _built(runner, further))


def _built(runner: Runner, loaders: Mapping[str, dict]) -> dict[str, DataLoader]:
    return {name: runner.build_dataloader(dict(node), seed=runner.seed) for name, node in loaders.items()}
