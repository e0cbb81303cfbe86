"""Curves and images of a run in the back ends of ``--log``."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping, Sequence, Sized
from itertools import takewhile
from pathlib import Path
from typing import Any, cast

import numpy as np
from mmengine import dist
from mmengine.hooks import Hook, LoggerHook
from mmengine.runner import Runner
from numpy.typing import NDArray

from mtlbench.engine.accumulation import iterations_per_update, wrappers
from mtlbench.engine.hooks.draw import draw_sample, evenly_spread
from mtlbench.engine.model import learner_of
from mtlbench.errors import ConfigError
from mtlbench.records.paths import run_name
from mtlbench.registry import VISBACKENDS, load_plugins
from mtlbench.structures import MultiTaskSample
from mtlbench.utils.choices import require_known

IMAGES = 3
USUAL_INTERVAL = 50
GROUPS = ('loss', 'critics', 'weight')
"""Groups of curves: prefixes of the names that the learner logs."""
RENAMED = {
    'time': 'seconds/iteration',
    'data_time': 'seconds/loading',
    'grad_norm': 'gradient/norm',
    'loss_scale': 'gradient/scale',
    'conflict': 'gradient/conflict',
}
"""Names of curves by the name in mmengine's log."""
PER_UPDATE = ('weight', 'conflict')
"""Groups and names that are logged once an update, other ones once an iteration."""


def require_backends(names: Sequence[str]) -> None:
    """Check that the back ends of ``--log`` exist, and that their packages are installed.

    Raises:
        ConfigError: When one does not; the message says how to install it.
    """
    if names:
        load_plugins()
    for name in names:
        require_known('--log', name, VISBACKENDS.names())
        backend = VISBACKENDS.get(name)
        package = getattr(backend, 'package', None)
        if package and importlib.util.find_spec(package) is None:
            extra = getattr(backend, 'extra', None)
            source = f"'mtlbench[{extra}]'" if extra else package
            raise ConfigError(f"--log {name} needs the package '{package}'; run: pip install {source}")


class WatchHook(Hook):
    """Log losses, learning rates, weights of the balancer, metrics and images. Added by the trainer, not by configs.

    Numbers are logged at the interval of the ``LoggerHook``, as means over it, and at the last iteration. The metrics,
    and panels of a few samples, the same at each validation, follow each validation.

    Args:
        names: Names of the back ends; each writes to the folder of that name in the run's folder.
    """

    priority = 'VERY_LOW'

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self.backends: list[Any] = []
        self.panels: dict[str, NDArray[np.uint8]] = {}

    def before_train(self, runner: Runner) -> None:
        """Open the back ends in the first process."""
        self._interval = next((one.interval for one in runner.hooks if isinstance(one, LoggerHook)), USUAL_INTERVAL)
        self._rates = rate_groups(runner)
        if not dist.is_main_process():
            return
        title = f'{run_name(runner.cfg.filename)} {runner.cfg.profile} seed {runner.seed}'
        for name in self.names:
            place = dict(save_dir=str(Path(runner.work_dir) / name), run_name=title, start=runner.iter)
            self.backends.append(VISBACKENDS.build(dict(type=name, **place)))
        for backend in self.backends:
            backend.add_config(runner.cfg)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Log numbers if they are due."""
        done = runner.iter + 1
        window = done % self._interval or self._interval
        if self.backends and (window == self._interval or done == runner.max_iters):
            rates = {f'lr/{name}': group['lr'] for name, group in self._current_rates(runner).items()}
            self._add({**train_means(runner, window), **rates, **constant_weights(runner)}, done)

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Sequence[MultiTaskSample] | None = None
    ) -> None:
        """Draw the samples of a batch that the log shows."""
        loader = runner.val_dataloader
        wanted = evenly_spread(len(cast('Sized', loader.dataset)), IMAGES)
        first = batch_idx * (loader.batch_size or 1)
        for number, (image, sample) in enumerate(zip(data_batch['inputs'], outputs or (), strict=True), first):
            position = number * dist.get_world_size() + dist.get_rank()
            if position in wanted:
                name = f'predictions/{position:05d}_{Path(sample.img_path).stem}'
                self.panels[name] = draw_sample(image, sample, learner_of(runner).tasks)

    def after_val_epoch(self, runner: Runner, metrics: Mapping[str, float] | None = None) -> None:
        """Log the metrics that have a value, and the images of all processes."""
        panels = {name: panel for part in dist.all_gather_object(self.panels) for name, panel in part.items()}
        self.panels = {}
        self._add({name: value for name, value in (metrics or {}).items() if not math.isnan(value)}, runner.iter)
        for backend in self.backends:
            for name, panel in sorted(panels.items()):
                backend.add_image(name, panel, runner.iter)

    def after_train(self, runner: Runner) -> None:
        """Mark the run as complete in the back ends."""
        for backend in self.backends:
            backend.finished = True

    def close(self) -> None:
        """Close the back ends."""
        while self.backends:
            self.backends.pop().close()

    def _add(self, scalars: dict[str, float], step: int) -> None:
        for backend in self.backends:
            backend.add_scalars(scalars, step)

    def _current_rates(self, runner: Runner) -> dict[str, dict[str, Any]]:
        optimizers = {name: wrapper.optimizer for name, wrapper in wrappers(runner).items()}
        return {name: optimizers[of].param_groups[index] for name, (of, index) in self._rates.items()}


def constant_weights(runner: Runner) -> dict[str, float]:
    """Return the weights of a balancer that never change, which the learner does not log."""
    balancer = learner_of(runner).balancer
    weights = balancer.current_weights() if balancer.constant else {}
    return {f'weight/{name}': float(value) for name, value in weights.items()}


def train_means(runner: Runner, window: int) -> dict[str, float]:
    """Return the means of losses, weights, gradients and times over the last iterations by the names of their curves.

    The loss of a task or another term is ``loss/<term>``, their balanced sum ``loss/total``.
    """
    found = {}
    updates = math.ceil(window / iterations_per_update(runner))
    for key, buffer in runner.message_hub.log_scalars.items():
        stage, _, name = key.partition('/')
        group, _, term = name.partition('_')
        if stage == 'train' and (group in GROUPS or name in RENAMED):
            last = updates if group in PER_UPDATE else window
            found[RENAMED.get(name) or f'{group}/{term or "total"}'] = float(buffer.mean(last))
    return found


def rate_groups(runner: Runner) -> dict[str, tuple[str, int]]:
    """Return the parameter groups whose learning rates differ: ``{name: (name of the optimizer, index)}``.

    Groups of one optimizer that began with the same rate follow the same schedule, so the first stands for them. The
    name is the path that their parameters share.
    """
    names = {id(one): name.removeprefix('module.') for name, one in runner.model.named_parameters()}
    alike: dict[tuple[str, float], list[int]] = {}
    for of, wrapper in wrappers(runner).items():
        for index, group in enumerate(wrapper.optimizer.param_groups):
            alike.setdefault((of, group.get('initial_lr', group['lr'])), []).append(index)
    found: dict[str, tuple[str, int]] = {}
    for (of, _), indices in alike.items():
        groups = [wrappers(runner)[of].optimizer.param_groups[index] for index in indices]
        shared = shared_path([names[id(one)] for group in groups for one in group['params']]) or 'model'
        number = sum(name.partition(':')[0] == shared for name in found)
        found[f'{shared}:{number + 1}' if number else shared] = (of, indices[0])
    return found


def shared_path(names: Sequence[str]) -> str:
    """Return the longest path of modules that all names begin with; empty if there is none."""
    levels = zip(*(name.split('.') for name in names), strict=False)
    return '.'.join(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels))
