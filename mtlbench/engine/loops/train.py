"""Training loop over several streams with exactly repeatable iterations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from mmengine.dist import get_rank
from mmengine.runner import IterBasedTrainLoop, Runner
from torch import nn

from mtlbench.engine.accumulation import Accumulation
from mtlbench.engine.loops.streams import StreamLoader
from mtlbench.engine.model import learner_of
from mtlbench.engine.seed import derive_seed, stream_seed
from mtlbench.engine.statistics import unite_buffers
from mtlbench.errors import CheckpointError, ConfigError
from mtlbench.processes import draw_in_common
from mtlbench.registry import LOOPS
from mtlbench.utils.numbers import whole_number


@LOOPS.register_module()
class StreamTrainLoop(IterBasedTrainLoop):
    """Train by iterations; each draws one batch of every stream, and is an update unless gradients are accumulated.

    Every iteration is a function of (seed, iteration, process) alone: samplers start at any iteration, and torch is
    reseeded before each. So a resumed run ends bit for bit like an uninterrupted one. The seed of a sampler depends on
    the name of its stream, so streams draw independently of each other.

    Args:
        runner: Runner of the loop.
        dataloader: Loader configs by stream.
        max_iters: Number of iterations.
        val_begin: First iteration that may validate.
        val_interval: Iterations between validations. The last iteration is always followed by a validation.
        dynamic_intervals: Pairs (iteration, interval): the validation interval from that iteration on.

    Raises:
        ConfigError: When a number is out of range.
        CheckpointError: When a run is resumed between iterations whose gradients form one update.
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
        whole_number('train_cfg.max_iters', max_iters, 1)
        whole_number('train_cfg.val_begin', val_begin, 0)
        whole_number('train_cfg.val_interval', val_interval, 1)
        changes = _changes(dynamic_intervals)
        loaders = {
            name: runner.build_dataloader(node, seed=stream_seed(runner.seed, name))
            for name, node in dataloader.items()
        }
        super().__init__(runner, StreamLoader(loaders), max_iters, val_begin, val_interval, changes)

    def run(self) -> nn.Module:
        """Train from the current iteration to the last."""
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')
        accumulation = self._accumulation()
        self._prepare_balancer(accumulation)
        validated = self._iter > 0 and self._validate_if_due()
        self.dataloader.start_at(self._iter)
        batches = iter(self.dataloader)
        while self._iter < self._max_iters and not (self.stop_training and accumulation.whole(self._iter)):
            self.runner.model.train()
            batch = next(batches)
            torch.manual_seed(derive_seed(self.runner.seed, self._iter, get_rank()))
            with draw_in_common(derive_seed(self.runner.seed, self._iter, 'common')):
                self.run_iter(batch)
            validated = self._validate_if_due()
        if self.runner.val_loop is not None and not validated:
            self._validate()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def _accumulation(self) -> Accumulation:
        accumulation = Accumulation.of(self.runner)
        if not accumulation.whole(self._iter):
            raise CheckpointError(
                f'{self.runner._load_from} is of iteration {self._iter}, which is no multiple of '
                f'optim_wrapper.accumulative_counts={accumulation.count}, so gradients of one update would be lost; '
                'resume with a number that divides it'
            )
        return accumulation

    def _prepare_balancer(self, accumulation: Accumulation) -> None:
        """Check what the balancer needs, and set its number of updates in one pass over the first stream."""
        balancer = getattr(learner_of(self.runner), 'balancer', None)
        if balancer is not None:
            balancer.prepare()
            balancer.epoch = -(-len(self.dataloader) // accumulation.count)

    def _validate_if_due(self) -> bool:
        """Validate if this iteration is due; also after resuming, because the run may have ended before validating."""
        self._decide_current_val_interval()
        last = self._iter == self._max_iters
        due = self._iter >= self.val_begin and (last or self._iter % self.val_interval == 0)
        if due and self.runner.val_loop is not None:
            self._validate()
            return True
        return False

    def _validate(self) -> None:
        unite_buffers(self.runner.model)
        self.runner.val_loop.run()


def _changes(intervals: Sequence[tuple[int, int]] | None) -> list[tuple[int, int]] | None:
    """Check the pairs of ``dynamic_intervals``."""
    if intervals is None:
        return None
    pairs = [tuple(pair) for pair in intervals]
    if any(len(pair) != 2 for pair in pairs):
        raise ConfigError(f'train_cfg.dynamic_intervals is {intervals}, expected pairs (iteration, interval)')
    for start, interval in pairs:
        whole_number('train_cfg.dynamic_intervals: iteration', start, 1)
        whole_number('train_cfg.dynamic_intervals: interval', interval, 1)
    starts = [start for start, _ in pairs]
    if starts != sorted(set(starts)):
        raise ConfigError(f'train_cfg.dynamic_intervals: expected increasing iterations, got {starts}')
    return [(start, interval) for start, interval in pairs]
