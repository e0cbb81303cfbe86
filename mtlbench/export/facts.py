"""Facts about a trained network that every exported file contains: its run, its outputs and its results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from mtlbench.checkpoint import digest_of, read_checkpoint
from mtlbench.engine.hooks.record import git_commit, versions
from mtlbench.engine.saved import DIGEST, EVALUATION_KEYS, SavedRun, run_of
from mtlbench.errors import CheckpointError, DataError
from mtlbench.export.network import INPUT, Size
from mtlbench.inference.formats import class_set_of
from mtlbench.learner import Learner
from mtlbench.records.fields import check_fields
from mtlbench.records.identity import digest, without_per_run_keys
from mtlbench.records.paths import RESULT_FILE, run_name
from mtlbench.records.record import ResultRecord
from mtlbench.tasks import Task
from mtlbench.utils.json_files import encode_json, parse_json, with_nan, without_nan
from mtlbench.utils.tensor_files import COUNTS, RUN

RESULTS, SIGNATURE, CLASS_SETS, VERSIONS = 'results', 'signature', 'class_sets', 'versions'
RECORDED = (
    *('metrics', 'metrics_of_record', 'data', 'resolution', 'iterations', 'parameters', 'versions', 'git_commit'),
    *('created', 'changes', 'started_from'),
)
"""Fields of a record that are exported, beside its pretrained weights."""
UNSAFE_KEYS = ('work_dir', 'load_from', 'resume')
"""Keys of a config that describe a place on the machine that trained, and are left out."""
FREEZING_KEYS = ('freeze', 'frozen_statistics')
"""Keys of a config that only affect training, and may name parts of objectives."""


def facts_of(cfg: Config, learner: Learner, checkpoint: Path, size: Size | None) -> dict[str, str]:
    """Return the facts about a network by name; values are text, mostly JSON.

    The config is that of the run, as far as it only concerns training, and otherwise the one that built the network.
    Paths on this machine are not exported: of absolute ones, the last part is kept.

    Args:
        cfg: Config that built the network.
        learner: The network's learner.
        checkpoint: File of its weights.
        size: Only size of the images; None for any.
    """
    meta = read_checkpoint(checkpoint).get('meta')
    meta = meta if isinstance(meta, dict) else {}
    whole = cfg.to_dict()
    run = run_of(meta, checkpoint) if RUN in meta else SavedRun(run_name(cfg.filename), whole)
    config = {**run.config, **{key: whole[key] for key in EVALUATION_KEYS if key in whole}}
    results = _recorded(checkpoint) or _carried(meta, checkpoint)
    facts = {
        RUN: json.dumps({'name': run.name, 'config': for_evaluation(config)}),
        **{key: str(meta[key]) for key in COUNTS if isinstance(meta.get(key), int)},
        DIGEST: str(meta.get(DIGEST) or digest(without_per_run_keys(run.config))),
        SIGNATURE: _encoded(signature_of(learner, size)),
        CLASS_SETS: _encoded(class_sets_of(learner)),
        VERSIONS: _encoded({**versions(), 'git_commit': git_commit()}),
    }
    return {**facts, RESULTS: _encoded(results)} if results else facts


def for_evaluation(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config without objectives and frozen parts, which only train, and without paths of this machine."""
    model = {key: value for key, value in config['model'].items() if key not in FREEZING_KEYS} | {'objectives': {}}
    kept = {key: value for key, value in config.items() if key not in (*UNSAFE_KEYS, *FREEZING_KEYS)}
    kept.update(model=model, **({'objectives': {}} if 'objectives' in config else {}))
    return _without_places(kept)


def signature_of(learner: Learner, size: Size | None) -> dict[str, Any]:
    """Describe the input and the outputs of a network."""
    multiple = learner.network.size_multiple
    sides: list[Any] = list(size) if size else ['height', 'width']
    return {
        'input': {'name': INPUT, 'type': 'uint8', 'shape': ['batch', 3, *sides], 'meaning': 'RGB images, 0..255'},
        'size_multiple': multiple,
        'size': size,
        'outputs': [_output(name, task, sides) for name, task in learner.tasks.items()],
    }


def _output(name: str, task: Task, sides: list[Any]) -> dict[str, Any]:
    values = task.to_output(torch.zeros(1, task.out_channels, 1, 1))
    kind = str(values.dtype).removeprefix('torch.')
    return {'name': name, 'type': kind, 'shape': ['batch', values.shape[1], *sides], 'meaning': task.meaning}


def class_sets_of(learner: Learner) -> dict[str, Any]:
    """Return the classes of the tasks that have some: names and RGB colors in the order of the ids."""
    found = {name: class_set_of(task) for name, task in learner.tasks.items()}
    return {
        name: {'name': one.name, 'classes': one.classes, 'palette': one.palette} for name, one in found.items() if one
    }


def _recorded(checkpoint: Path) -> dict[str, Any]:
    """Return the results of the record beside a checkpoint, if it is the record of that checkpoint."""
    try:
        record = ResultRecord.read(checkpoint.parent / RESULT_FILE)
    except DataError:
        return {}
    if record.checkpoint_digest != digest_of(checkpoint):
        return {}
    found = {key: getattr(record, key) for key in (*RECORDED, 'pretrained')}
    data = {stream: {key: value for key, value in one.items() if key != 'root'} for stream, one in record.data.items()}
    return {**found, 'data': data}


def _carried(meta: Mapping[str, Any], checkpoint: Path) -> dict[str, Any]:
    """Return the results in the header of an exported file.

    Raises:
        CheckpointError: When they are damaged.
    """
    if RESULTS not in meta:
        return {}
    try:
        found = parse_json(str(meta[RESULTS]), 'the text')
        figures = found['metrics'] = with_nan(found['metrics'])
        check_fields(found, RECORDED)
        if not all(isinstance(name, str) for name in found['pretrained']):
            raise DataError("field 'pretrained' has names that are no text")
        return {**found, 'metrics': without_nan(figures)}
    except (DataError, AttributeError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{checkpoint}: '{RESULTS}' in its header is damaged ({error}); export it again"
        ) from error


def _without_places(value: Any, key: str = '') -> Any:
    if isinstance(value, Mapping):
        return {name: _without_places(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_places(item) for item in value]
    if isinstance(value, str) and Path(value).is_absolute():
        return f'data/{Path(value).name}' if key == 'data_root' else Path(value).name
    return value


def _encoded(value: Any) -> str:
    return encode_json(value).strip()
