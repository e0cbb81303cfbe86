"""Runs that start from the weights of another run, such as a pretraining stage shared by several methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from mtlbench.checkpoint import check_fit, read_checkpoint, weights_of
from mtlbench.config import load_config
from mtlbench.engine.hooks.checkpoint import last_checkpoint, list_checkpoints
from mtlbench.engine.hooks.record import STARTED_FROM
from mtlbench.engine.model import learner_of
from mtlbench.engine.saved import source_of
from mtlbench.errors import CheckpointError, ConfigError, DataError
from mtlbench.records.identity import listed
from mtlbench.records.paths import RESULT_FILE, run_dir, run_name
from mtlbench.records.record import ResultRecord


@dataclass(frozen=True)
class Start:
    """Value of the key ``starts_from`` of a config.

    Args:
        config: Config whose finished run, of the same profile, recipe and seed, provides the weights.
        parts: ``{part of this model: part of that one}``, such as ``{'network.encoder': 'network.encoder'}``; an empty
            name is the whole model. One part may initialize several. By default the whole model of a config, and the
            network of a checkpoint.
        checkpoint: Instead of a config, a checkpoint, the folder of a run, or an exported ``.safetensors`` file.
    """

    config: str | None = None
    parts: Mapping[str, str] = field(default_factory=lambda: {'': ''})
    checkpoint: str | None = None

    @classmethod
    def of(cls, cfg: Config) -> Start | None:
        """Read the key of a config; None if it is not set.

        Raises:
            ConfigError: When the key is malformed.
        """
        said = cfg.get('starts_from')
        if said is None:
            return None
        keys = set(said) if isinstance(said, Mapping) else set()
        if keys - {'parts'} not in ({'config'}, {'checkpoint'}):
            raise ConfigError(
                f'config {cfg.filename}: starts_from is {said!r:.80}, expected dict(config=..., parts={{part: part}}) '
                'or dict(checkpoint=..., parts={part: part})'
            )
        parts = {'parts': {'network': 'network'}} if 'checkpoint' in keys else {}
        return cls(**{**parts, **said})

    def find(self, path: Path, cfg: Config) -> Source:
        """Return the checkpoint of the run that a path holds.

        Raises:
            CheckpointError: When there is none, or one of another config.
        """
        if self.checkpoint is not None:
            found = last_checkpoint(path)
            return Source(found, source_of(found))
        finished = self.find_run(path, cfg)
        return Source(finished.checkpoint, finished.record.as_source)

    def find_run(self, folder: Path, cfg: Config) -> FinishedRun:
        """Return the finished run in a folder.

        Raises:
            CheckpointError: When the folder has no finished run of the config.
        """
        try:
            record = ResultRecord.read(folder / RESULT_FILE)
        except DataError as error:
            raise CheckpointError(
                f"{cfg.filename} starts from '{self.config}', but {folder} has no finished run of it; make "
                f'it with mtlbench train {self.config}, or both with mtlbench benchmark run, or '
                'set its folder with --starts-from'
            ) from error
        found, wanted = (
            (record.name, record.profile, record.recipe),
            (run_name(str(self.config)), cfg.profile, cfg.recipe),
        )
        checkpoints = list_checkpoints(folder)
        if found != wanted or not checkpoints:
            what = f'a run of {found}' if checkpoints else 'no checkpoint'
            raise CheckpointError(
                f'{cfg.filename} starts from a run of {wanted}, but {folder} has {what}; set another --starts-from'
            )
        return FinishedRun(record, checkpoints[-1])


@dataclass(frozen=True)
class Source:
    """Weights from which a run starts.

    Args:
        checkpoint: File of the weights.
        origin: Run that made them, as the entry ``started_from`` of a record.
    """

    checkpoint: Path
    origin: Mapping[str, Any]


@dataclass(frozen=True)
class FinishedRun:
    """Finished run of a config from which another one starts.

    Args:
        record: Record of the run.
        checkpoint: Last checkpoint of the run.
    """

    record: ResultRecord
    checkpoint: Path

    def require_same(self, wanted: Config, folder: Path) -> None:
        """Check that the run was made with a config, wherever its data was stored.

        Raises:
            CheckpointError: When settings differ.
        """
        found = [one for one in self.record.differences(wanted.to_dict()) if not one.key.endswith('data_root')]
        if found:
            raise CheckpointError(
                f'{folder} holds a run that was made with other settings than its config has now: {listed(found)}; '
                'train it again, or start from it as it is with --starts-from'
            )


def start_hook(cfg: Config, folder: str | None, profile: str) -> StartHook | None:
    """Return the hook that loads the first weights of a new run; None if its config starts from no other run.

    Args:
        cfg: Composed config.
        folder: Folder or checkpoint of the other run; None for the default one. A run in the default folder of a config
            must match that config.
        profile: Profile of both runs, by name or path.

    Raises:
        ConfigError: When a folder is given but the config starts from no other run.
        CheckpointError: When the other run is not there, or is another one.
    """
    if folder:
        named = _start(cfg)
        return StartHook(named.find(Path(folder), cfg), named.parts)
    start = Start.of(cfg)
    if start is None:
        return None
    if start.config is None:
        return StartHook(start.find(Path(str(start.checkpoint)), cfg), start.parts)
    wanted = load_config(start.config, profile, cfg.recipe)
    wanted.randomness.seed = cfg.randomness.seed
    usual = run_dir('work_dirs', start.config, cfg.profile, cfg.recipe, cfg.randomness.seed)
    finished = start.find_run(usual, cfg)
    finished.require_same(wanted, usual)
    return StartHook(Source(finished.checkpoint, finished.record.as_source), start.parts)


def same_start_hook(cfg: Config, folder: str | None) -> SameStartHook | None:
    """Return the hook that checks that a resumed run was started from the given folder; None if none is given.

    Raises:
        ConfigError: When the config starts from no other run.
        CheckpointError: When the other run is not there, or is another one.
    """
    if folder is None:
        return None
    return SameStartHook(_start(cfg).find(Path(folder), cfg).origin)


def _start(cfg: Config) -> Start:
    start = Start.of(cfg)
    if start is None:
        raise ConfigError(f'--starts-from: config {cfg.filename} has no key starts_from; leave the option out')
    return start


class SameStartHook(Hook):
    """Check that the first weights came from the run that is given now. Added by the trainer, not by configs.

    Args:
        named: Given run, as the entry ``started_from`` of a record.
    """

    def __init__(self, named: Mapping[str, Any]) -> None:
        self.named = named

    def before_train(self, runner: Runner) -> None:
        """Compare the runs.

        Raises:
            ConfigError: When the runs differ.
        """
        noted = runner.message_hub.runtime_info.get(STARTED_FROM, self.named)
        differing = [key for key, value in self.named.items() if noted.get(key) != value]
        if differing:
            raise ConfigError(
                f'{runner.work_dir} was started from another run of {self.named["name"]} than --starts-from names '
                f'({", ".join(differing)}); leave --starts-from out to resume, or start anew in another --work-dir'
            )


class StartHook(Hook):
    """Load parts of a checkpoint into the model before the first update. Added by the trainer, not by configs.

    Args:
        source: Checkpoint to load.
        parts: Parts to load, see :class:`Start`.
    """

    def __init__(self, source: Source, parts: Mapping[str, str]) -> None:
        self.source, self.parts = source, parts

    def before_train(self, runner: Runner) -> None:
        """Load the parts, and store their origin for the record."""
        model = learner_of(runner)
        checkpoint = self.source.checkpoint
        load_parts(model, weights_of(read_checkpoint(checkpoint), checkpoint), self.parts, str(checkpoint))
        runner.message_hub.update_info(STARTED_FROM, dict(self.source.origin))
        runner.logger.info(f'starts from {checkpoint}: {dict(self.parts)}')


def load_parts(model: nn.Module, weights: Mapping[str, Any], parts: Mapping[str, str], source: str) -> None:
    """Load parts of a state dict, each of which must fit exactly.

    Args:
        model: Model to load into.
        weights: State dict.
        parts: ``{name of a module of the model: prefix in the state dict}``.
        source: Name of the weights in messages.

    Raises:
        ConfigError: When the model has no such part.
        CheckpointError: When the weights lack a part, or have one that does not fit.
    """
    for own, other in parts.items():
        try:
            module = model.get_submodule(own)
        except AttributeError as error:
            raise ConfigError(f"starts_from: the model has no part '{own}' ({error})") from error
        prefix = f'{other}.' if other else ''
        chosen = {key.removeprefix(prefix): value for key, value in weights.items() if key.startswith(prefix)}
        check_fit(module, chosen, f"part '{other}' of {source}")
        module.load_state_dict(chosen)
