"""Order of the checks, cheap ones first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope

from mtlbench.config.keys import check_keys, loaders_of
from mtlbench.config.nodes import nodes_of
from mtlbench.config.signatures import check_signature
from mtlbench.errors import ConfigError
from mtlbench.preflight.build import placed
from mtlbench.preflight.criteria import check_criteria
from mtlbench.preflight.data import Source, open_source
from mtlbench.preflight.folder import check_folder
from mtlbench.preflight.groups import check_groups
from mtlbench.preflight.network import build_learner, check_optimizer, check_size, check_weights
from mtlbench.preflight.numbers import check_numbers
from mtlbench.preflight.parts import (
    check_channels,
    check_classes,
    check_joint,
    check_labels,
    check_levels,
    check_streams,
    check_teachers,
)
from mtlbench.preflight.runtime import check_runtime, hooks_of
from mtlbench.preflight.task_settings import check_task_settings


def check_config(cfg: Config) -> None:
    """Check the contents of a composed config, without building anything or reading files.

    Raises:
        ConfigError: When a check fails; one line with the file, the place in it, the expected value and near misses.
    """
    said = cfg._cfg_dict
    try:
        check_keys(said)
        init_default_scope(cfg.get('default_scope') or 'mtlbench')
        check_numbers(said)
        check_task_settings(said)
        nodes = list(nodes_of(said))
        for node in nodes:
            check_signature(node)
        check_runtime(said, nodes)
        check_groups(said)
    except ConfigError as error:
        raise ConfigError(f'config {cfg.filename}: {error}') from error


def check_training(cfg: Config) -> None:
    """Check that a run can be trained and recorded: its folder, data, pretrained weights, and all parts together.

    Raises:
        ConfigError: When parts do not go together.
        DataError: When data is missing.
        CheckpointError: When pretrained weights are missing.
    """
    check_folder(cfg.work_dir)
    sources = _sources(cfg, ('train_dataloader', 'val_dataloader', 'further_dataloaders'))
    streams = {source.name: source for source in sources if source.place.startswith('train_dataloader.')}
    learner = build_learner(cfg)
    if learner is None:
        return
    check_weights(learner)
    check_optimizer(cfg, learner)
    check_streams(learner, streams)
    check_joint(learner, streams)
    check_teachers(learner, hooks_of(cfg._cfg_dict))
    check_criteria(cfg, learner)
    _check_together(learner, sources)


def check_evaluation(cfg: Config) -> None:
    """Check that a checkpoint can be evaluated: its data, and all parts together.

    Raises:
        ConfigError: When parts do not go together.
        DataError: When data is missing.
    """
    check_folder(cfg.work_dir)
    sources = _sources(cfg, ('test_dataloader', 'further_dataloaders'))
    learner = build_learner(cfg)
    if learner is not None:
        _check_together(learner, sources)


def _sources(cfg: Config, keys: Sequence[str]) -> list[Source]:
    wanted = [(place, loader) for place, loader in loaders_of(cfg) if place.partition('.')[0] in keys]
    with placed(cfg):
        return [open_source(place, loader) for place, loader in wanted]


def _check_together(learner: Any, sources: Sequence[Source]) -> None:
    check_levels(learner)
    for source in sources:
        check_classes(learner, source)
        check_channels(learner, source)
        check_size(learner, source, source.sizes[0])
        if not source.place.startswith('train_dataloader.'):
            check_labels(learner, source, list(learner.tasks) if source.place == 'val_dataloader' else ())
