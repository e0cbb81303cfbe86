"""Robustness curves of a checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device

from mtlbench.checkpoint import identity_of
from mtlbench.config import config_dir, load_data_config
from mtlbench.engine.allocator import keep_freed_memory
from mtlbench.engine.launch import RunRequest, load_learner
from mtlbench.errors import ConfigError
from mtlbench.learner import Learner
from mtlbench.records.identity import without_per_run_keys
from mtlbench.records.lock import try_lock
from mtlbench.records.paths import run_name
from mtlbench.registry import DATASETS, PERTURBATIONS
from mtlbench.robustness.base import Perturbation
from mtlbench.robustness.panels import draw_images
from mtlbench.robustness.results import RESULTS_FILE, Curve, Results, Strength
from mtlbench.robustness.sweep import Pass, Sweep
from mtlbench.utils.choices import require_known
from mtlbench.utils.output import writable_folder

DEFAULT = ('paper',)
Report = Callable[[Results, Curve], None]


@dataclass(frozen=True)
class Question:
    """Request for robustness curves of a checkpoint.

    Args:
        request: Config and its overrides.
        checkpoint: Path of the weights.
        perturbations: Names of perturbations or of groups of them; see :func:`known_perturbations`.
        strengths: Strengths in gray values, 0 or more; None for those of the paper. Severities are always 1 to 5.
        attacked: Tasks to attack, one after the other; empty for the first task of the config.
        dataset: Base of another dataset to evaluate on, such as ``kitti_stereo``; None for the config's.
        split: Another split than the config's; None for the config's.
        out: Folder of the results; None for the folder of the checkpoint.
        seed: Seed of all noise.
        images: Number of leading images drawn under each perturbation, in ``<results>_<perturbation>.png``.
    """

    request: RunRequest
    checkpoint: str
    perturbations: Sequence[str] = DEFAULT
    strengths: Sequence[float] | None = None
    attacked: Sequence[str] = ()
    dataset: str | None = None
    split: str | None = None
    out: str | None = None
    seed: int = 0
    images: int = 0


def evaluate(question: Question, report: Report = lambda results, curve: None) -> Results:
    """Measure the requested curves that are not known yet; an interrupted run continues.

    Args:
        question: Requested curves.
        report: Callback for every curve of the results; called for a measured curve before it is written.

    Raises:
        ConfigError: When a name is unknown, a strength is negative, the results in the folder belong to something else,
        or another process is measuring into it.
        DataError: When the folder is not writable.
    """
    cfg, learner = load_learner(question.request, question.checkpoint)
    keep_freed_memory()
    learner = learner.to(torch.device(get_device()))
    wanted = _wanted(cfg, question)
    loader = _loader(cfg, question)
    dataset = DATASETS.build(loader.pop('dataset'))
    results = _open(cfg, question, learner, dataset)
    writable_folder(results.path.parent)
    with try_lock(results.path.with_suffix('.lock')) as lock:
        if lock is None:
            raise ConfigError(f'another process is measuring into {results.path}; wait for it, or set another --out')
        sweep = Sweep(learner, dataset, loader, results.path.with_suffix('.progress'))
        _measure_all(question, wanted, sweep, results.read(), report)
    return results


def known_perturbations(cfg: Config) -> tuple[dict[str, dict], dict[str, list[str]]]:
    """Return the configs of all perturbations by name, including those of the config, and the groups by name."""
    known = Config.fromfile(config_dir() / '_base_' / 'robustness' / 'perturbations.py')
    known.merge_from_dict({key: cfg[key] for key in ('perturbations', 'perturbation_groups') if key in cfg})
    return known.perturbations.to_dict(), known.perturbation_groups.to_dict()


def _wanted(cfg: Config, question: Question) -> list[tuple[Curve, Perturbation]]:
    """Return the requested curves, without points, and their perturbations."""
    if min(question.strengths or [0]) < 0:
        raise ConfigError(f'expected strengths of 0 or more gray values, got {min(question.strengths or [0]):g}')
    known, groups = known_perturbations(cfg)
    names = [name for given in question.perturbations for name in groups.get(given, [given])]
    attacked = question.attacked or list(cfg.tasks)[:1]
    for name in names:
        require_known('--perturbations', name, [*known, *groups])
    for name in attacked:
        require_known('--attack', name, cfg.tasks)
    wanted = []
    for name in dict.fromkeys(names):
        made: Perturbation = PERTURBATIONS.build(dict(known[name]))
        settings = json.loads(json.dumps({**known[name], 'seed': question.seed}))
        for task in attacked if made.is_attack else [None]:
            wanted.append((Curve(name, settings, task, made.unit, made.is_measured), made))
    return wanted


def _loader(cfg: Config, question: Question) -> dict[str, Any]:
    """Return the config of the loader of the evaluated data."""
    node = cfg.test_dataloader.to_dict()
    if question.dataset:
        own, request = node['dataset'], question.request
        profile = cfg.profile if request.profile == 'full' else request.profile
        other = load_data_config(question.dataset, profile, cfg.recipe, data_root=request.data_root)
        node = other.val_dataloader.to_dict()
        node['dataset']['tasks'] = [task for task in cfg.tasks if task in node['dataset']['tasks']]
        if own.get('class_set'):
            node['dataset']['class_set'] = own['class_set']
    if question.split:
        node['dataset']['split'] = question.split
    return node


def _open(cfg: Config, question: Question, learner: Learner, dataset: Any) -> Results:
    data = {key: value for key, value in dataset.fingerprint().items() if key != 'root'}
    evaluated = without_per_run_keys([cfg.model.to_dict(), _loader(cfg, question)['dataset']])
    subject = {
        'name': run_name(cfg.filename),
        'profile': cfg.profile,
        'recipe': cfg.recipe,
        **identity_of(question.checkpoint),
        'evaluation': hashlib.sha256(json.dumps(evaluated, sort_keys=True, default=str).encode()).hexdigest(),
        'data': data,
    }
    folder = Path(question.out or Path(question.checkpoint).parent)
    where = '_'.join(filter(None, (Path(question.dataset or data['dataset']).stem, question.split)))
    where = f'@{where}' if question.dataset or question.split else ''
    path = folder / RESULTS_FILE
    path = path.with_stem(path.stem + where.replace('@', '_'))
    return Results(path, subject, learner.tasks, where).read()


def _measure_all(
    question: Question, wanted: Sequence[tuple[Curve, Perturbation]], sweep: Sweep, results: Results, report: Report
) -> None:
    """Measure the requested curves that are not known yet."""
    _measure_clean(sweep, results)
    asked = {curve.title for curve, _ in wanted}
    for curve in results.curves:
        if curve.title not in asked:
            report(results, curve)
    for curve, perturbation in wanted:
        if curve.attacked and not any(name.startswith(f'{curve.attacked}/') for name in results.clean):
            raise ConfigError(f"the task '{curve.attacked}' has no labels in this dataset; attack another task")
        what = Pass(curve.title, perturbation, _asked(question, perturbation), curve.attacked, question.seed)
        measured = _measured(sweep, results, curve, what)
        report(results, measured)
        results.keep(measured)
        sweep.forget()
        if question.images > 0:
            ending = '_'.join(filter(None, (curve.perturbation, curve.attacked)))
            draw_images(sweep, what, question.images, results.path.with_name(f'{results.path.stem}_{ending}.png'))


def _measure_clean(sweep: Sweep, results: Results) -> None:
    if results.clean:
        return
    identity = _identity(results.subject, 'clean')
    tallies = sweep.run(Pass('clean', lambda case, strength: case.images, [0.0]), identity)
    results.clean = tallies[0.0].scores()
    results.write()
    sweep.forget()


def _asked(question: Question, perturbation: Perturbation) -> tuple[float, ...]:
    if question.strengths is None or perturbation.unit != 'gray':
        return tuple(perturbation.strengths)
    return tuple(sorted({strength for strength in question.strengths if strength}))


def _measured(sweep: Sweep, results: Results, curve: Curve, what: Pass) -> Curve:
    """Complete a curve with its missing points."""
    curve = results.find(curve)
    known = {point.strength for point in curve.points}
    lacking = [strength for strength in what.strengths if strength not in known]
    if not lacking:
        return curve
    identity = _identity(results.subject, curve.title, dict(curve.settings), lacking)
    tallies = sweep.run(replace(what, strengths=lacking), identity)
    points = [Strength(strength, tally.measured(), tally.scores()) for strength, tally in tallies.items()]
    return curve.with_points(points)


def _identity(subject: Mapping[str, Any], *what: Any) -> str:
    return hashlib.sha256(json.dumps([dict(subject), *what], sort_keys=True).encode()).hexdigest()
