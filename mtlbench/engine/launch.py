"""From a config to a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mtlbench.config import load_config
from mtlbench.engine.allocator import keep_freed_memory
from mtlbench.engine.checkpoint import check_fit, read_checkpoint
from mtlbench.engine.distribution import prepare_distribution
from mtlbench.engine.hooks.checkpoint import list_checkpoints
from mtlbench.engine.start import start_hook
from mtlbench.errors import ConfigError
from mtlbench.leaderboard.paths import RESULT_FILE, run_dir
from mtlbench.models import Learner
from mtlbench.preflight import check_config, check_evaluation, check_training, placed
from mtlbench.registry import MODELS


@dataclass(frozen=True)
class RunRequest:
    """What a user asks of a run, beside the config.

    Args:
        config: Path or name of the config.
        profile: ``'full'``, ``'mini'`` or the path of an overlay.
        recipe: ``'paper'`` or ``'reference'``.
        work_dir: Where the run lives; chosen from config, profile, recipe and seed when None.
        seed: Overrides the config's seed.
        amp: Train in mixed precision (bfloat16).
        compile: Compile the network's parts.
        launcher: ``'none'``, ``'pytorch'`` or ``'slurm'``.
        data_root: Where the datasets are read instead.
        starts_from: Folder of the run that gives the first weights, where the config starts from another.
        options: Dotted config keys and values.
    """

    config: str
    profile: str = 'full'
    recipe: str = 'paper'
    work_dir: str | None = None
    seed: int | None = None
    amp: bool = False
    compile: bool = False
    launcher: str = 'none'
    data_root: str | None = None
    starts_from: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def configure(request: RunRequest) -> Config:
    """The complete config of a run."""
    cfg = load_config(request.config, request.profile, request.recipe, request.options, request.data_root)
    if request.seed is not None:
        cfg.randomness.seed = request.seed
    if request.amp:
        cfg.optim_wrapper.type = 'MixedPrecisionOptimWrapper'
    if request.compile:
        cfg.custom_hooks = [*cfg.custom_hooks, dict(type='CompileHook')]
    folder = (
        request.work_dir
        or cfg.get('work_dir')
        or run_dir('work_dirs', cfg.filename, cfg.profile, cfg.recipe, cfg.randomness.seed)
    )
    cfg.work_dir = str(folder)
    check_config(cfg)
    return cfg


def train(request: RunRequest, resume: bool = False) -> Path:
    """Train, validate at the end, and write the result record.

    Args:
        request: What to run.
        resume: Go on from the newest checkpoint of the run's folder, where there is one.

    Returns:
        The path of the result record.

    Raises:
        ConfigError: When the folder holds a run already and ``resume`` is not set.
    """
    cfg = configure(request)
    folder = Path(cfg.work_dir)
    record, checkpoints = folder / RESULT_FILE, list_checkpoints(folder)
    if resume and record.is_file():
        return record
    if not resume and (record.is_file() or checkpoints):
        raise ConfigError(f'{folder} holds a run already; go on with it by --resume, or name another --work-dir')
    check_training(cfg)
    cfg.resume = bool(resume and checkpoints)
    if cfg.resume:
        cfg.load_from = str(checkpoints[-1])
    first_weights = None if cfg.resume else start_hook(cfg, request.starts_from)
    prepare_distribution(cfg, request.launcher)
    keep_freed_memory()
    with placed(cfg):
        runner = Runner.from_cfg(cfg)
        if first_weights:
            runner.register_hook(first_weights)
        runner.train()
    return record


def test(request: RunRequest, checkpoint: str, draw_into: str | None = None) -> dict[str, float]:
    """Evaluate a checkpoint on the config's test data.

    Args:
        request: What to evaluate.
        checkpoint: Path of the weights.
        draw_into: Folder for panels of every picture's predictions beside its labels.

    Returns:
        The metrics, as ``<task>/<metric>``.
    """
    cfg = configure(request)
    cfg.load_from = checkpoint
    cfg.work_dir = str(Path(cfg.work_dir) / 'test')
    drop_training(cfg)
    cfg.default_hooks.pop('draw', None)
    if draw_into:
        cfg.default_hooks.draw = dict(type='DrawPredictionsHook', folder=str(Path(draw_into).resolve()))
    check_evaluation(cfg)
    prepare_distribution(cfg, request.launcher)
    with placed(cfg):
        return Runner.from_cfg(cfg).test()


def load_learner(request: RunRequest, checkpoint: str) -> tuple[Config, Learner]:
    """The config and its learner with the weights of a checkpoint, in evaluation mode, without any data.

    What is built of the config afterwards, such as a loader, is looked up where its Runner would look.
    """
    cfg = configure(request)
    init_default_scope(cfg.default_scope)
    with placed(cfg):
        learner = MODELS.build(cfg.model)
    weights = read_checkpoint(checkpoint)
    weights = weights.get('state_dict', weights)
    check_fit(learner, weights, checkpoint)
    learner.load_state_dict(weights)
    return cfg, learner.eval()


def drop_training(cfg: Config) -> None:
    """Leave only evaluation in a config, so that no training data is needed."""
    for key in ('train_dataloader', 'train_cfg', 'optim_wrapper', 'val_dataloader', 'val_cfg', 'val_evaluator'):
        cfg[key] = None
    cfg.param_scheduler = None
    cfg.default_hooks.pop('record', None)
