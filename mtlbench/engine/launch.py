"""Launch of training and evaluation runs from configs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.registry import init_default_scope

from mtlbench.checkpoint import check_fit, read_checkpoint, weights_of
from mtlbench.config import load_config
from mtlbench.engine.allocator import keep_freed_memory
from mtlbench.engine.announce import AnnounceHook
from mtlbench.engine.distribution import note_processes, place, prepare_distribution
from mtlbench.engine.hooks.best import best_checkpoint
from mtlbench.engine.hooks.checkpoint import last_checkpoint
from mtlbench.engine.hooks.watch import WatchHook, require_backends
from mtlbench.engine.leftovers import clear_leftovers
from mtlbench.engine.notes import RunNotesHook
from mtlbench.engine.resume import Course, course_of
from mtlbench.engine.runner import QuietRunner
from mtlbench.engine.saved import evaluation_config
from mtlbench.engine.start import SameStartHook, StartHook, same_start_hook, start_hook
from mtlbench.errors import ConfigError
from mtlbench.learner import Learner
from mtlbench.preflight import check_config, check_evaluation, check_training, placed
from mtlbench.records.lock import hold
from mtlbench.records.paths import LOCK_FILE, RESULT_FILE, overlay_name, run_dir
from mtlbench.registry import MODELS


@dataclass(frozen=True)
class RunRequest:
    """Config of a run, with its overrides.

    Args:
        config: Path or name of the config; None for the one that made a checkpoint.
        profile: ``'full'``, ``'mini'`` or the path of an overlay.
        recipe: ``'paper'`` or ``'reference'``.
        work_dir: Folder of the run; None for one derived from config, profile, recipe and seed.
        seed: Seed that overrides the config's.
        amp: Whether to train in mixed precision (bfloat16).
        compile: Whether to compile the network's parts.
        launcher: Launcher of the processes: ``'none'``, ``'pytorch'`` or ``'slurm'``.
        data_root: Folder to read the datasets from instead.
        starts_from: Folder of the run that provides the first weights, if the config starts from another run.
        options: Config values by dotted key.
        log: Back ends that show the progress of the training; they do not belong to the identity of the run.
    """

    config: str | None
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
    log: Sequence[str] = ()


def configure(request: RunRequest, checkpoint: Path | None = None) -> Config:
    """Return the complete config of a run.

    Args:
        request: What to run.
        checkpoint: Checkpoint that provides the config if the request names none.
    """
    if request.config is None:
        return _configure_by(request, checkpoint)
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


def _configure_by(request: RunRequest, checkpoint: Path | None) -> Config:
    """Return the config that made a checkpoint."""
    if checkpoint is None:
        raise ConfigError('no config given; name one, such as xtam/sd_vkitti2')
    cfg = evaluation_config(checkpoint, request.options, request.data_root)
    defaults = RunRequest(config=None)
    for key in ('profile', 'recipe'):
        wanted = getattr(request, key)
        if overlay_name(wanted) not in (getattr(defaults, key), cfg[key]):
            raise ConfigError(f'{checkpoint} was made with {key} {cfg[key]}, not {wanted}; leave --{key} out')
    cfg.work_dir = str(request.work_dir or checkpoint.parent)
    check_config(cfg)
    return cfg


def train(request: RunRequest, resume: bool = False, may_change: Sequence[str] = ()) -> Path:
    """Train, validate at the end, and write the result record.

    Args:
        request: What to run.
        resume: Whether to resume from the newest checkpoint in the run's folder, if there is one.
        may_change: Keys of the config that may differ from those of the run so far.

    Returns:
        Path of the result record.

    Raises:
        ConfigError: When the folder holds a run already and ``resume`` is not set, when that run had other settings, or
        when another process is using the folder.
    """
    require_backends(request.log)
    cfg = configure(request)
    folder = Path(cfg.work_dir)
    note_processes(cfg, request.launcher)
    # Check the existing run first: another run needs other data and weights, and a finished one needs none.
    if course_of(folder, cfg, resume, may_change).finished:
        return folder / RESULT_FILE
    check_training(cfg)
    prepare_distribution(cfg, request.launcher)
    with nullcontext() if place(request.launcher).rank else hold(folder / LOCK_FILE):
        course = course_of(folder, cfg, resume, may_change)
        if not course.finished:
            _follow(course, cfg, request, may_change)
    return folder / RESULT_FILE


def _follow(course: Course, cfg: Config, request: RunRequest, may_change: Sequence[str]) -> None:
    first_weights = _first_weights(course, cfg, request, may_change)
    keep_freed_memory()
    with placed(cfg):
        runner: QuietRunner = QuietRunner.from_cfg(cfg)
        watch = WatchHook(request.log) if request.log else None
        for hook in (RunNotesHook(course.changes, may_change), AnnounceHook(), first_weights, watch):
            if hook:
                runner.register_hook(hook)
        if course.checkpoint:
            runner.go_on_from(course.checkpoint)
        if is_main_process():
            clear_leftovers(Path(cfg.work_dir))
            course.set_record_aside(Path(cfg.work_dir))
        with closing(watch) if watch else nullcontext():
            runner.train()


def _first_weights(
    course: Course, cfg: Config, request: RunRequest, may_change: Sequence[str]
) -> StartHook | SameStartHook | None:
    if course.checkpoint is None:
        return start_hook(cfg, request.starts_from, request.profile)
    # A change that is allowed by name may affect the other run as well.
    return None if may_change else same_start_hook(cfg, request.starts_from)


def chosen_checkpoint(run: str, best: bool = False) -> Path:
    """Return the checkpoint of a run that an evaluation takes.

    Args:
        run: Folder of a run, or path of a checkpoint, which is returned as is.
        best: Whether to take the best checkpoint of the run instead of the newest.

    Raises:
        CheckpointError: When the run has no such checkpoint.
    """
    return (best_checkpoint if best else last_checkpoint)(Path(run))


def test(request: RunRequest, checkpoint: str, draw_into: str | None = None) -> dict[str, float]:
    """Evaluate a checkpoint on the config's test data.

    Args:
        request: What to evaluate.
        checkpoint: Path of the weights, or the folder of a run, which stands for its newest checkpoint.
        draw_into: Folder for panels of every image with predictions and labels.

    Returns:
        Metrics by ``<task>/<metric>``.
    """
    weights = last_checkpoint(Path(checkpoint))
    cfg = configure(request, weights)
    cfg.load_from = str(weights)
    cfg.work_dir = str(Path(cfg.work_dir) / 'test')
    drop_training(cfg)
    cfg.default_hooks.pop('draw', None)
    if draw_into:
        cfg.default_hooks.draw = dict(type='DrawPredictionsHook', folder=str(Path(draw_into).resolve()))
    check_evaluation(cfg)
    prepare_distribution(cfg, request.launcher)
    with placed(cfg):
        return QuietRunner.from_cfg(cfg).test()


def load_learner(request: RunRequest, checkpoint: str) -> tuple[Config, Learner]:
    """Return a config and its learner with the weights of a checkpoint, in evaluation mode, without data.

    Parts that are built from the config afterwards, such as loaders, are resolved in the scope of its Runner.
    """
    path = last_checkpoint(Path(checkpoint))
    cfg = configure(request, path)
    init_default_scope(cfg.default_scope)
    with placed(cfg):
        learner = MODELS.build(cfg.model)
    weights = weights_of(read_checkpoint(path), path)
    check_fit(learner, weights, str(path))
    learner.load_state_dict(weights)
    return cfg, learner.eval()


def drop_training(cfg: Config) -> None:
    """Remove training from a config, so that no training data is needed."""
    for key in ('train_dataloader', 'train_cfg', 'optim_wrapper', 'val_dataloader', 'val_cfg', 'val_evaluator'):
        cfg[key] = None
    cfg.param_scheduler = None
    cfg.default_hooks.pop('record', None)
