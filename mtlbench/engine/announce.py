"""Summary of a run in the console at its start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from torch.utils.data import DataLoader

from mtlbench.engine.cost import device_name
from mtlbench.engine.model import learner_of
from mtlbench.engine.runner import QuietRunner
from mtlbench.models.freezing import frozen_parameters
from mtlbench.records.paths import run_name


class AnnounceHook(Hook):
    """Open the console when training begins, and summarize the run in a few lines. Added by the trainer."""

    priority = 'VERY_LOW'

    def before_train(self, runner: QuietRunner) -> None:
        """Announce the run."""
        runner.open_console()
        for line in announcement(runner):
            runner.logger.info(line)


def announcement(runner: QuietRunner) -> list[str]:
    """Return the summary of a run in lines."""
    cfg = runner.cfg
    learner = learner_of(runner)
    millions = sum(parameter.numel() for parameter in learner.network.parameters()) / 1e6
    begin = f'resumes after update {runner.iter}' if runner.iter else 'starts'
    return [
        f'{run_name(cfg.filename)} {begin}: {runner.max_iters} updates, seed {runner.seed}, profile {cfg.profile}, '
        f'recipe {cfg.recipe}',
        f'tasks: {", ".join(learner.tasks)}; network: {millions:.2f} M parameters',
        *_frozen(learner, cfg),
        *(f'train on {_told(key, loader)}' for key, loader in runner.train_dataloader.loaders.items()),
        f'validate on {_told("val", runner.val_dataloader)}',
        f'device: {device_name()}; processes: {get_world_size()}',
        f'folder: {Path(runner.work_dir)}; log: {runner.log_dir}/{runner.timestamp}.log',
    ]


def _frozen(learner: Any, cfg: Config) -> list[str]:
    if not cfg.get('freeze'):
        return []
    millions = sum(parameter.numel() for parameter in frozen_parameters(learner).values()) / 1e6
    statistics = 'frozen' if cfg.get('frozen_statistics') else 'updated'
    return [
        f'frozen: {", ".join(cfg["freeze"])} ({millions:.2f} M parameters); their batch statistics are {statistics}'
    ]


def _told(stream: str, loader: DataLoader) -> str:
    dataset: Any = loader.dataset
    labels = '' if dataset.tasks else ', without labels'
    rendered = ', rendered' if dataset.rendered else ''
    return f'{stream}: {len(dataset)} frames of {dataset.root}{rendered}{labels}, {loader.batch_size} at a time'
