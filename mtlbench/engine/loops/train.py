"""The training loop: mmengine's, over several streams, and exactly repeatable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from mmengine.dist import get_rank
from mmengine.runner import IterBasedTrainLoop, Runner
from torch import nn

from mtlbench.engine.loops.streams import StreamLoader
from mtlbench.engine.seed import derive_seed
from mtlbench.registry import LOOPS


@LOOPS.register_module()
class StreamTrainLoop(IterBasedTrainLoop):
    """Trains by iterations; each takes one batch of every stream.

    Every update is a function of (seed, iteration, process) alone: the samplers start at any iteration, and torch is
    reseeded before each update. So a resumed run ends bit for bit as one that was never interrupted.

    Args:
        runner: The runner.
        dataloader: Loader configs by stream.
        max_iters: Number of updates.
        val_begin: First iteration that may validate.
        val_interval: Updates between validations. The last update is always followed by one.
        dynamic_intervals: Pairs (iteration, interval): from that iteration on validate at that interval.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: Mapping[str, dict],
        max_iters: int,
        val_begin: int = 1,
        val_interval: int = 1000,
        dynamic_intervals: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        loaders = {name: runner.build_dataloader(node, seed=runner.seed) for name, node in dataloader.items()}
        super().__init__(runner, StreamLoader(loaders), max_iters, val_begin, val_interval, dynamic_intervals)

    def run(self) -> nn.Module:
        """Train from the current iteration to the last."""
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')
        validated = self._iter > 0 and self._validate_if_due()
        self.dataloader.start_at(self._iter)
        batches = iter(self.dataloader)
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            batch = next(batches)
            torch.manual_seed(derive_seed(self.runner.seed, self._iter, get_rank()))
            self.run_iter(batch)
            validated = self._validate_if_due()
        if self.runner.val_loop is not None and not validated:
            self.runner.val_loop.run()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def _validate_if_due(self) -> bool:
        """Validate when this iteration asks for it; also after a resume, for the run may have died before it could."""
        self._decide_current_val_interval()
        last = self._iter == self._max_iters
        due = self._iter >= self.val_begin and (last or self._iter % self.val_interval == 0)
        if due and self.runner.val_loop is not None:
            self.runner.val_loop.run()
            return True
        return False
