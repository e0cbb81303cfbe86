"""Run that made a checkpoint, and its config for evaluation. Nothing in the file is executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config

from mtlbench.checkpoint import read_checkpoint
from mtlbench.config.assemble import move_data
from mtlbench.config.compose import hand_out
from mtlbench.config.files import config_dir
from mtlbench.config.options import apply_options
from mtlbench.config.overlay import dicts_in
from mtlbench.errors import CheckpointError
from mtlbench.records.fields import is_name
from mtlbench.records.identity import digest, without_per_run_keys
from mtlbench.records.paths import run_name
from mtlbench.registry import DATA_SAMPLERS, LOOPS, all_registries, load_plugins
from mtlbench.utils.tensor_files import RUN

EVALUATION_KEYS = (
    *('method', 'profile', 'recipe', 'tasks', 'model', 'randomness', 'train_dataloader', 'further_dataloaders'),
    *('perturbations', 'perturbation_groups'),
    *(f'{part}_{key}' for part in ('val', 'test') for key in ('dataloader', 'cfg', 'evaluator')),
)
"""Keys of a checkpoint's config that evaluation uses; everything else, such as hooks, is the project's own."""
DIGEST = 'config_digest'
"""Key of the header of an exported file with the digest of the complete config; ``RUN`` has it without objectives."""
SCOPES = ('mtlbench.', 'mmengine.')


def run_note(cfg: Config) -> str:
    """Return the description of a run that its checkpoints store."""
    return json.dumps({'name': run_name(cfg.filename), 'config': cfg.to_dict()})


class SavedRun(NamedTuple):
    """Run that a checkpoint describes: the name of its config, and the resolved config."""

    name: str
    config: Mapping[str, Any]


def saved_run(checkpoint: Path) -> SavedRun:
    """Return the run that made a checkpoint.

    Raises:
        CheckpointError: When the checkpoint has no description of its run.
    """
    return run_of(read_checkpoint(checkpoint).get('meta'), checkpoint)


def source_of(checkpoint: Path) -> dict[str, Any]:
    """Return the entry ``started_from`` of the records of runs that start from a checkpoint.

    Raises:
        CheckpointError: When the checkpoint has no description of its run.
    """
    meta: Any = read_checkpoint(checkpoint).get('meta')
    run = run_of(meta, checkpoint)
    known = {'seed': meta.get('seed'), 'iterations': meta.get('iter')}
    if not all(isinstance(count, int) for count in known.values()):
        raise CheckpointError(f'checkpoint {checkpoint} lacks the seed or the number of updates of its run')
    own = meta.get(DIGEST) or digest(without_per_run_keys(run.config))
    return {'name': run.name, **known, 'config_digest': str(own)}


def run_of(meta: Any, checkpoint: Path) -> SavedRun:
    """Return the run that the ``meta`` of a checkpoint describes.

    Raises:
        CheckpointError: When it describes none.
    """
    try:
        run = json.loads(meta[RUN])
        known = is_name(run['name']) and isinstance(run['config'], dict)
    except (KeyError, TypeError, ValueError, RecursionError):
        known = False
    if not known:
        raise CheckpointError(
            f'checkpoint {checkpoint} does not say which config made it; pass the config, with the profile and the '
            'options of the run'
        )
    return SavedRun(run['name'], run['config'])


def evaluation_config(
    checkpoint: Path, options: Mapping[str, Any] | None = None, data_root: str | None = None
) -> Config:
    """Return the config to evaluate a checkpoint, from the checkpoint alone.

    Args:
        checkpoint: File of the checkpoint.
        options: Dotted keys and values, applied last.
        data_root: Folder to read its datasets from instead.

    Raises:
        CheckpointError: When it does not store its config, or names types that are not registered.
    """
    run = saved_run(checkpoint)
    kept = {key: run.config[key] for key in EVALUATION_KEYS if key in run.config}
    _require_registered(kept, checkpoint)
    runtime = Config.fromfile(config_dir() / '_base_' / 'default_runtime.py').to_dict()
    cfg = Config({**runtime, **kept}, cfg_text=f'# {checkpoint}', filename=f'{run.name}.py')
    if data_root is not None:
        move_data(cfg._cfg_dict, Path(data_root))
    _take_back(cfg)
    apply_options(cfg, options or {})
    hand_out(cfg)
    return cfg


def _take_back(cfg: Config) -> None:
    """Remove values that composing has copied, so that an option at the top level applies everywhere."""
    for key in ('dataloader', 'evaluator'):
        if cfg.get(f'test_{key}') == cfg.get(f'val_{key}'):
            cfg.pop(f'test_{key}', None)
    if cfg.val_evaluator.get('tasks') == cfg.tasks:
        cfg.val_evaluator.pop('tasks')


def _require_registered(config: Mapping[str, Any], checkpoint: Path) -> None:
    """Reject types that would be resolved by importing a module named in the file."""
    load_plugins()
    known = {name for registry in all_registries().values() for name in registry.names()}
    # Of mmengine's own types allow samplers and loops only; others may write files.
    known.update(*(registry.parent.module_dict for registry in (DATA_SAMPLERS, LOOPS) if registry.parent))
    for node in dicts_in(config):
        kind = node.get('type')
        if kind is not None and not (isinstance(kind, str) and _plain(kind) in known):
            raise CheckpointError(
                f'checkpoint {checkpoint} needs the type {kind!r:.60}, which is not registered here; install the '
                'plugin that registers it, or pass a config that imports it'
            )


def _plain(kind: str) -> str:
    scope = next((scope for scope in SCOPES if kind.startswith(scope)), '')
    return kind.removeprefix(scope)
