"""The result record: what remains of one finished run, and all that the leaderboard reads."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mtlbench.errors import ConfigError, DataError
from mtlbench.records import fields
from mtlbench.records.extra_measures import with_further_measures
from mtlbench.records.identity import Difference, differences, without_per_run_keys
from mtlbench.records.paths import IMPORT_FILE, RESULT_FILE
from mtlbench.utils.json_files import encode_json, parse_json, read_file, read_json, with_nan
from mtlbench.utils.output import write_whole

SCHEMA = 2
LATER_FIELDS = ('ranges', 'checkpoint_digest', 'changes', 'started_from')


@dataclasses.dataclass(frozen=True)
class ResultRecord:
    """One finished run.

    Args:
        name: The config's name, ``<folder>/<stem>``, such as ``xtam/sd_vkitti2``; see
            :func:`mtlbench.records.paths.run_name`.
        method: The row of the table, such as ``xTAM``.
        task_set: The tasks' letters, such as ``sd``.
        dataset: The name of the dataset evaluated on, such as ``vkitti2``.
        rendered: Whether any of the data came from the rendered world.
        profile: ``full``, ``mini`` or the name of an own overlay.
        recipe: ``paper`` or ``reference``.
        seed: The seed of the run.
        metrics: Final ``{'<task>/<metric>': value}``: shares in [0, 1], other units in the name; NaN where nothing was
            valid.
        metrics_of_record: ``{task: metric}`` of the metric that enters the delta, in the order of the tasks.
        higher_is_better: ``{'<task>/<metric>': bool}``, at least for the metrics of record.
        parameters: Number of the network's parameters.
        iterations: Updates made.
        resolution: ``[height, width]`` of the images evaluated on.
        data: ``{'train': fingerprint, 'val': fingerprint}``, further streams allowed; a fingerprint holds at least
            ``dataset``, ``rendered``, ``samples`` and ``split_digest``.
        config: The resolved config as JSON values, without what differs between two runs of one experiment; see
            :func:`mtlbench.records.identity.without_per_run_keys`.
        versions: Versions of mtlbench, Python, torch and the like.
        created: When the run finished, ISO 8601 with the offset.
        gflops: Of one forward pass of one image.
        step_time_s: Median seconds of one update.
        peak_memory_mb: Peak of the memory held on the device.
        git_commit: Of the code, where it ran from a checkout.
        best: Best value of each metric over the validations of the run.
        ranges: ``{'<task>/<metric>': [least, most]}`` of metrics that are neither shares in [0, 1] (where higher is
            better) nor errors from 0 on; see :func:`mtlbench.records.fields.range_of`.
        checkpoint_digest: SHA-256 of the run's last checkpoint; None where it left none.
        schema: Version of this layout.
        changes: Settings that were changed while the run was made, ``{'update', 'key', 'old', 'new'}`` each: ``config``
            holds the new value, which counts from the update after that one; None where there are none.
        started_from: The run that gave the first weights: ``name``, ``seed``, ``iterations`` and ``config_digest``.
        origin: The file that the record was imported from. No part of the record: where it lies tells.

    Raises:
        DataError: When a field is missing, of the wrong type, or contradicts another.
    """

    name: str
    method: str
    task_set: str
    dataset: str
    rendered: bool
    profile: str
    recipe: str
    seed: int
    metrics: Mapping[str, float]
    metrics_of_record: Mapping[str, str]
    higher_is_better: Mapping[str, bool]
    parameters: int
    iterations: int
    resolution: Sequence[int]
    data: Mapping[str, Mapping[str, Any]]
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    created: str
    gflops: float | None = None
    step_time_s: float | None = None
    peak_memory_mb: float | None = None
    git_commit: str | None = None
    best: Mapping[str, float] | None = None
    ranges: Mapping[str, Sequence[float | None]] | None = None
    checkpoint_digest: str | None = None
    schema: int = SCHEMA
    changes: Sequence[Mapping[str, Any]] | None = None
    started_from: Mapping[str, Any] | None = None
    origin: str | None = dataclasses.field(default=None, compare=False)

    def __post_init__(self) -> None:
        fields.check(vars(self))
        if self.schema != SCHEMA:
            raise DataError(f"field 'schema' is {self.schema}, this version of mtlbench reads {SCHEMA}")
        for task, metric in self.metrics_of_record.items():
            for name in ('metrics', 'higher_is_better'):
                if f'{task}/{metric}' not in getattr(self, name):
                    raise DataError(f"field '{name}' lacks '{task}/{metric}', which 'metrics_of_record' names")

    @property
    def config_digest(self) -> str:
        """SHA-256 of the config, whatever the order of its keys."""
        return hashlib.sha256(json.dumps(self.config, sort_keys=True).encode()).hexdigest()

    @property
    def run(self) -> tuple[str, str, str, int]:
        """Which run it is of: name, profile, recipe and seed."""
        return self.name, self.profile, self.recipe, self.seed

    @property
    def as_source(self) -> dict[str, Any]:
        """What the record of a run that starts from this one says of it."""
        return {
            'name': self.name,
            'seed': self.seed,
            'iterations': self.iterations,
            'config_digest': self.config_digest,
        }

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks measured, in the order of the config."""
        return tuple(self.metrics_of_record)

    def differences(self, config: Mapping[str, Any]) -> list[Difference]:
        """Compare what the run was made with, seed and data root included, with a resolved config."""
        loaders = {**config['train_dataloader'], 'val': config['val_dataloader']}
        roots = {stream: {'data_root': loader['dataset'].get('data_root')} for stream, loader in loaders.items()}
        own = {next(iter(loaders)): self.data['train'], **self.data}
        known = {stream: {'data_root': own[stream].get('root')} for stream in roots if stream in own}
        return differences(
            {**self.config, 'randomness': {'seed': self.seed}, 'data': {**roots, **known}},
            {**without_per_run_keys(config), 'randomness': {'seed': config['randomness']['seed']}, 'data': roots},
        )

    def to_json(self) -> str:
        """Strict JSON, a NaN written as null."""
        values = {'config_digest': self.config_digest, **vars(self)}
        del values['origin']
        # Left out rather than null, so that the text of an older record stays what it was.
        values = {name: value for name, value in values.items() if name not in LATER_FIELDS or value is not None}
        return encode_json(values, indent=1)

    def write(self, path: str | Path) -> None:
        """Write the record, whole or not at all.

        Raises:
            ConfigError: When another record stands there already.
        """
        path = Path(path)
        text = self.to_json()
        if path.exists():
            if path.is_file() and path.read_bytes() == text.encode():
                return
            raise ConfigError(
                f'{path} holds the record of another run and is not overwritten; '
                'delete it, or give this run a work dir of its own (--work-dir)'
            )
        write_whole(path, text.encode())

    @classmethod
    def read(cls, path: str | Path) -> ResultRecord:
        """Read and check a record.

        Raises:
            DataError: When the file is missing, damaged or changed by hand; the message names file and field.
        """
        path = Path(path)
        try:
            record = cls.from_json(read_file(path))
            origin = _origin(path)
            return dataclasses.replace(record, origin=origin) if origin else record
        except (OSError, ValueError) as error:
            raise DataError(f'record {path}: {error}; delete it and run again, or restore it') from error

    @classmethod
    def from_json(cls, text: str | bytes) -> ResultRecord:
        """The record that a text holds.

        Raises:
            ValueError: When it holds none, or one that was changed by hand.
        """
        values = parse_json(text, 'the file')
        if not isinstance(values, dict):
            raise DataError(f'expected a JSON object, got {type(values).__name__}')
        if values.get('schema') != SCHEMA:
            raise DataError(f"field 'schema' is {values.get('schema')!r}, this version of mtlbench reads {SCHEMA}")
        digest = values.pop('config_digest', None)
        known = {field.name: field.default is dataclasses.MISSING for field in dataclasses.fields(cls)}
        del known['origin']
        missing = [name for name, required in known.items() if required and name not in values]
        unknown = sorted(set(values) - set(known))
        if missing or unknown:
            raise DataError(f'missing fields: {missing}, unknown fields: {unknown}')
        for name in ('metrics', 'best'):
            if isinstance(values.get(name), dict):
                values[name] = with_nan(values[name])
        record = cls(**values)
        if record.config_digest != digest:
            raise DataError(f"field 'config_digest' is {digest}, but 'config' has {record.config_digest}")
        return record


class Found(NamedTuple):
    """What :func:`find_records` found: the records, and one message for each file that is no record."""

    records: list[ResultRecord]
    damaged: list[str]


def find_records(root: str | Path) -> Found:
    """Read every ``result.json`` below a folder, in the order of the paths, with what was measured of the run later.

    Damaged ones are told, not raised.
    """
    found = Found([], [])
    for path in sorted(Path(root).rglob(RESULT_FILE)):
        if any(part.startswith('.') for part in path.relative_to(root).parts):
            # An import that has not ended.
            continue
        try:
            if leads_out(path, Path(root).resolve()):
                raise DataError(f'record {path} is a link that leads out of {root}; put a copy in its place')
            found.records.append(with_further_measures(ResultRecord.read(path), path.parent))
        except DataError as error:
            found.damaged.append(str(error))
    return found


def leads_out(path: Path, folder: Path) -> bool:
    """Whether links take a path that lies below a folder, itself resolved, to somewhere else."""
    try:
        return not path.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):
        # A circle of links leads nowhere.
        return True


def _origin(path: Path) -> str | None:
    """The file that a record was imported from, if it lies in the folder of an import."""
    note = path.parent.parent / IMPORT_FILE
    if not note.exists():
        return None
    content = read_json(note)
    if not isinstance(content, dict) or not isinstance(content.get('file'), str):
        raise DataError(f'{note} does not name the file of an import; import the package again')
    return content['file']
