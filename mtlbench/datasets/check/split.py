"""Checks of the splits of a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from tqdm import tqdm

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.check.compare import compare_frames
from mtlbench.datasets.check.frame import FrameReport, batches_of
from mtlbench.datasets.check.report import SplitReport
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS
from mtlbench.utils.parallel import results_of

WHOLE = 'all'
PLAIN = ('type', 'data_root', 'pipeline', 'class_set', 'folders')
"""Config keys that determine which files exist; the others select among them."""
LARGEST_BATCH = 100
SHARES = 8
"""Smallest number of batches per process, so that all processes finish at about the same time."""


def check_splits(
    streams: Mapping[str, Mapping[str, Any]], jobs: int = 1, limit: int | None = None
) -> list[SplitReport]:
    """Read every frame of some datasets and collect the faults.

    Args:
        streams: Dataset configs without transforms, by stream.
        jobs: Number of processes.
        limit: Largest number of frames to read per dataset, evenly spread. Splits and frame counts are checked for all
            frames.

    Returns:
        One report per dataset, in order.

    Raises:
        ConfigError: If a config is invalid.
        MissingExtraError: If reading the files requires a package that is not installed.
    """
    reports, datasets = [], {}
    for stream, config in streams.items():
        report = SplitReport(_title(stream, config), config['data_root'])
        reports.append(report)
        try:
            datasets[stream] = DATASETS.build(dict(config))
        except DataError as error:
            report.add('frames', str(error))
            continue
        report.begin(datasets[stream])
        for check in (_check_count, _check_parts, _check_official):
            try:
                check(report, datasets[stream], config)
            except DataError as error:
                report.add('frames', str(error))
        _read(report, datasets[stream], jobs, limit)
    by_stream = dict(zip(streams, reports, strict=True))
    for one, other in combinations(datasets, 2):
        _check_overlap(by_stream[other], datasets[one], datasets[other])
    return reports


def _title(stream: str, config: Mapping[str, Any]) -> str:
    name, split = config.get('name', DATASETS.get(config['type']).name), config['split']
    return f'{name}, {split}' if stream == split else f'{name}, {split} ({stream})'


def _check_count(report: SplitReport, dataset: MultiTaskDataset, config: Mapping[str, Any]) -> None:
    """Compare the number of frames with the official number, if both count the same frames."""
    counts = dataset.official_counts
    split = dataset.split if dataset.split in counts else WHOLE
    reason = 'no official number is published' if split not in counts else _incomparable(dataset, config)
    if reason:
        report.note('frames', f'not compared: {reason}')
        return
    counted = DATASETS.build({key: config[key] for key in PLAIN if key in config} | {'split': split, 'tasks': []})
    found, expected = len(counted), counts[split]
    report.note('frames', f"the split '{split}' has {found} of {expected}")
    if found < expected or (found > expected and not dataset.images_elsewhere):
        advice = 'unpack or fetch the missing frames' if found < expected else 'remove the surplus frames'
        report.add('frames', f'{counted.frame_pattern}: {found} found, expected {expected}; {advice}')


def _incomparable(dataset: MultiTaskDataset, config: Mapping[str, Any]) -> str | None:
    """Return a reason not to compare the number of frames with the official number, or None."""
    if dataset.rendered:
        return 'the dataset is rendered'
    own = [option for option in dataset.selecting_options if option in config]
    return f'the config selects frames by {", ".join(own)}' if own else None


def _check_parts(report: SplitReport, dataset: MultiTaskDataset, config: Mapping[str, Any]) -> None:
    """Add parts that the dataset's own lists name but that are missing."""
    for message in dataset.missing_parts():
        report.add('frames', message)


def _check_official(report: SplitReport, dataset: MultiTaskDataset, config: Mapping[str, Any]) -> None:
    """Add frames that belong to another split."""
    if dataset.split == WHOLE:
        return
    for frame in dataset.frames:
        official = dataset.official_split(frame)
        if official not in (None, WHOLE, dataset.split):
            report.add('split', f"{dataset.root / frame} belongs to '{official}'; move it there")


def _check_overlap(report: SplitReport, one: MultiTaskDataset, other: MultiTaskDataset) -> None:
    """Add frames that are in both of two different splits."""
    if one.split == other.split or WHOLE in (one.split, other.split) or one.root != other.root:
        return
    both = set(one.frames) & set(other.frames)
    for frame in sorted(both):
        report.add('split', f"{other.root / frame} is also in '{one.split}'; remove it from one of the two lists")


def _read(report: SplitReport, dataset: MultiTaskDataset, jobs: int, limit: int | None) -> None:
    """Read the frames in batches, sorted by path, so that neighbors are read together."""
    frames = sorted(dataset.frames)
    if limit is not None and limit < len(frames):
        frames = [frames[index] for index in np.linspace(0, len(frames) - 1, limit).astype(int)]
        report.note('files', f'{limit} of the frames were read')
    size = min(max(len(frames) // (jobs * SHARES), 1), LARGEST_BATCH)
    batches, read = list(batches_of(dataset, frames, size)), list[FrameReport]()
    with tqdm(total=len(frames), unit='frame', desc=report.title) as bar:
        for done in results_of(batches, jobs if len(frames) > LARGEST_BATCH else 1):
            bar.update(len(done))
            read += done
    read.sort(key=lambda frame: frame.frame)
    _collect(report, read)
    compare_frames(report, read)


def _collect(report: SplitReport, frames: Sequence[FrameReport]) -> None:
    for frame in frames:
        for check, message in frame.faults:
            report.add(check, message)
        for name, facts in frame.facts.items():
            report.facts[name].append(facts)


def streams_of(loaders: Mapping[str, Any], splits: Sequence[str] | None) -> dict[str, dict[str, Any]]:
    """Return the dataset configs by stream without duplicates, or by split if splits are given.

    Args:
        loaders: Data loader configs by stream.
        splits: Splits of the first stream's dataset to check instead of the streams.
    """
    configs = {stream: {**loader.dataset, 'pipeline': []} for stream, loader in loaders.items()}
    if splits:
        first = next(iter(configs.values()))
        return {split: {**first, 'split': split} for split in splits}
    return {stream: config for stream, config in configs.items() if stream == _first_equal(configs, config)}


def _first_equal(configs: Mapping[str, Mapping[str, Any]], config: Mapping[str, Any]) -> str:
    return next(stream for stream, other in configs.items() if other == config)
