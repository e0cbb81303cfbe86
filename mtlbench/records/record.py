"""Result records of finished runs, the only input of the leaderboard."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mtlbench.errors import ConfigError, DataError
from mtlbench.records import fields
from mtlbench.records.extra_measures import with_extra_measures
from mtlbench.records.identity import Difference, differences, digest, without_per_run_keys
from mtlbench.records.paths import IMPORT_FILE, RESULT_FILE
from mtlbench.records.pretrained import pretrained_weights
from mtlbench.utils.json_files import encode_json, parse_json, read_file, read_json, with_nan
from mtlbench.utils.output import write_whole

SCHEMA = 2
OPTIONAL_FIELDS = (
    'ranges',
    'checkpoint_digest',
    'changes',
    'started_from',
    'best_checkpoint',
    'stopped_early',
    'averaged_over',
    'balancer',
)


@dataclasses.dataclass(frozen=True)
class ResultRecord:
    """Record of a finished run.

    Args:
        name: Name of the config, ``<folder>/<stem>``, such as ``xtam/sd_vkitti2``; see
            :func:`mtlbench.records.paths.run_name`.
        method: Name of the method, such as ``xTAM``.
        task_set: Letters of the tasks, such as ``sd``.
        dataset: Name of the evaluation dataset, such as ``vkitti2``.
        rendered: True if any of the data are rendered.
        profile: ``full``, ``mini`` or the name of another overlay.
        recipe: ``paper`` or ``reference``.
        seed: Seed of the run.
        metrics: Final ``{'<task>/<metric>': value}``: shares in [0, 1], other units in the name; NaN without valid
            pixels.
        metrics_of_record: Metric of each task that enters the delta, ``{task: metric}``, in the order of the tasks.
        higher_is_better: ``{'<task>/<metric>': bool}``, at least for the metrics of record.
        parameters: Number of parameters of the network.
        iterations: Number of updates.
        resolution: ``[height, width]`` of the evaluation images.
        data: ``{'train': fingerprint, 'val': fingerprint}``, and possibly other streams. A fingerprint contains at
            least ``dataset``, ``rendered``, ``samples`` and ``split_digest``.
        config: Resolved config as JSON values, without settings that differ between runs of an experiment; see
            :func:`mtlbench.records.identity.without_per_run_keys`.
        versions: Versions of mtlbench, Python, torch and other packages.
        created: Time at which the run finished, ISO 8601 with the offset.
        gflops: Operations of a forward pass of one image, in GFLOP.
        step_time_s: Median duration of an update in seconds.
        peak_memory_mb: Peak memory on the device in MB.
        git_commit: Commit of the code, if it ran from a checkout.
        best: Best value of each metric over the validations of the run.
        ranges: ``{'<task>/<metric>': [least, most]}`` of metrics that are neither shares in [0, 1] (higher is better)
            nor errors of at least 0; see :func:`mtlbench.records.fields.range_of`.
        checkpoint_digest: SHA-256 of the run's last checkpoint; None if there is none.
        schema: Version of the record format.
        changes: Settings that were changed during the run, each ``{'update', 'key', 'old', 'new'}``. ``config``
            contains the new value, which applies after that update. None if there are no changes.
        started_from: Run that provided the initial weights: ``name``, ``seed``, ``iterations``, ``config_digest``.
        best_checkpoint: Checkpoint of the best validation, if kept: ``file``, ``criterion``, ``value``, ``update``.
        stopped_early: Validation that stopped the run early: ``update``, ``criterion``, ``best``, ``best_update``.
        balancer: Weights of the tasks' losses: ``type`` of the balancer; ``gradients_on`` if it consumes gradients;
            ``constant``, ``{task: weight}``, if the weights never change; otherwise
            ``weights``, ``{task: {'mean', 'last', 'share'}}``: mean over the run, last value, and share of the updates
            that the task took part in;
            ``conflict``, the mean share of pairs of tasks whose gradients pointed in opposite directions; and
            ``failures``, the number of updates whose weights could not be computed.
        averaged_over: Updates of the last validations whose means are ``metrics``. None: ``metrics`` are those of the
            last validation.
        origin: File that the record was imported from. Derived from the location, not part of the record.

    Raises:
        DataError: If a field is missing, has the wrong type, or contradicts another field.
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
    best_checkpoint: Mapping[str, Any] | None = None
    stopped_early: Mapping[str, Any] | None = None
    balancer: Mapping[str, Any] | None = None
    averaged_over: Sequence[int] | None = None
    origin: str | None = dataclasses.field(default=None, compare=False)

    def __post_init__(self) -> None:
        fields.check(vars(self))
        if self.schema != SCHEMA:
            raise DataError(f"field 'schema' is {self.schema}, this version of mtlbench reads {SCHEMA}")
        for task, metric in self.metrics_of_record.items():
            for name in ('metrics', 'higher_is_better'):
                if f'{task}/{metric}' not in getattr(self, name):
                    raise DataError(f"field '{name}' lacks '{task}/{metric}', which is named in 'metrics_of_record'")

    @property
    def config_digest(self) -> str:
        """SHA-256 of the config, independent of the order of its keys."""
        return digest(self.config)

    @property
    def run(self) -> tuple[str, str, str, int]:
        """Identification of the run: name, profile, recipe and seed."""
        return self.name, self.profile, self.recipe, self.seed

    @property
    def as_source(self) -> dict[str, Any]:
        """Entry ``started_from`` of the records of runs that start from this one."""
        return {
            'name': self.name,
            'seed': self.seed,
            'iterations': self.iterations,
            'config_digest': self.config_digest,
        }

    @property
    def validations(self) -> int:
        """Number of validations whose mean the metrics are."""
        return len(self.averaged_over or (self.iterations,))

    @property
    def tasks(self) -> tuple[str, ...]:
        """Evaluated tasks, in the order of the config."""
        return tuple(self.metrics_of_record)

    @property
    def pretrained(self) -> tuple[str, ...]:
        """The pretrained weights that the features started from, such as ``ResNetEncoder (IMAGENET1K_V1)``."""
        return pretrained_weights(self.config)

    def differences(self, config: Mapping[str, Any]) -> list[Difference]:
        """Compare the settings of the run, including seed and data root, with a resolved config."""
        loaders = {**config['train_dataloader'], 'val': config['val_dataloader']}
        roots = {stream: {'data_root': loader['dataset'].get('data_root')} for stream, loader in loaders.items()}
        own = {next(iter(loaders)): self.data['train'], **self.data}
        known = {stream: {'data_root': own[stream].get('root')} for stream in roots if stream in own}
        return differences(
            {**self.config, 'randomness': {'seed': self.seed}, 'data': {**roots, **known}},
            {**without_per_run_keys(config), 'randomness': {'seed': config['randomness']['seed']}, 'data': roots},
        )

    def to_json(self) -> str:
        """Encode the record as strict JSON, with NaN as null."""
        values = {'config_digest': self.config_digest, **vars(self)}
        del values['origin']
        # Omitted rather than null, so that the text of older records does not change.
        values = {name: value for name, value in values.items() if name not in OPTIONAL_FIELDS or value is not None}
        return encode_json(values, indent=1)

    def write(self, path: str | Path) -> None:
        """Write the record, either completely or not at all.

        Raises:
            ConfigError: If another record already exists there.
        """
        path = Path(path)
        text = self.to_json()
        if path.exists():
            if path.is_file() and path.read_bytes() == text.encode():
                return
            raise ConfigError(
                f'{path} is the record of another run and is not overwritten; '
                'delete it, or choose another --work-dir for this run'
            )
        write_whole(path, text.encode())

    @classmethod
    def read(cls, path: str | Path) -> ResultRecord:
        """Read and check a record.

        Raises:
            DataError: If the file is missing, damaged or edited. The message names file and field.
        """
        path = Path(path)
        try:
            record = cls.from_json(read_file(path))
            origin = _origin(path)
            return dataclasses.replace(record, origin=origin) if origin else record
        except (OSError, ValueError) as error:
            raise DataError(f'record {path}: {error}; delete it and repeat the run, or restore it') from error

    @classmethod
    def from_json(cls, text: str | bytes) -> ResultRecord:
        """Decode a record.

        Raises:
            ValueError: If the text is not a record, or was edited.
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
    """Result of :func:`find_records`: records, and a message for each damaged file."""

    records: list[ResultRecord]
    damaged: list[str]


def find_records(root: str | Path) -> Found:
    """Read every ``result.json`` below a folder, sorted by path, with additional measurements of the run.

    Damaged records are reported with their path and skipped.
    """
    found = Found([], [])
    for path in sorted(Path(root).rglob(RESULT_FILE)):
        if any(part.startswith('.') for part in path.relative_to(root).parts):
            # An unfinished import.
            continue
        try:
            if leads_out(path, Path(root).resolve()):
                raise DataError(f'record {path} is a link out of {root}; replace it with a copy')
            found.records.append(with_extra_measures(ResultRecord.read(path), path.parent))
        except DataError as error:
            found.damaged.append(str(error))
    return found


def leads_out(path: Path, folder: Path) -> bool:
    """Return whether a path below a resolved folder leads out of it through links."""
    try:
        return not path.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):
        # Circular links.
        return True


def _origin(path: Path) -> str | None:
    """Return the file that a record was imported from, if it was imported."""
    note = path.parent.parent / IMPORT_FILE
    if not note.exists():
        return None
    content = read_json(note)
    if not isinstance(content, dict) or not isinstance(content.get('file'), str):
        raise DataError(f'{note} does not name an imported file; import the package again')
    return content['file']
