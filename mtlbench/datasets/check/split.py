"""Looking at the splits of a dataset."""

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
"""What of a config decides which files there are; the rest chooses among them."""
LARGEST_BATCH = 100
SHARES = 8
"""Batches a process gets at least, so that all are done at about the same time."""


def check_splits(
    streams: Mapping[str, Mapping[str, Any]], jobs: int = 1, limit: int | None = None
) -> list[SplitReport]:
    """Read every frame of some datasets, and collect what is wrong.

    Args:
        streams: Configs of datasets without transforms, by the names of their streams.
        jobs: Number of processes.
        limit: Read no more than so many frames of each, evenly spread. Splits and numbers are checked of all frames.

    Returns:
        A report for each, in their order.

    Raises:
        ConfigError: When a config makes no sense.
        MissingExtraError: When a package is needed to read the files.
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
    name, split = DATASETS.get(config['type']).name, config['split']
    return f'{name}, {split}' if stream == split else f'{name}, {split} ({stream})'


def _check_count(report: SplitReport, dataset: MultiTaskDataset, config: Mapping[str, Any]) -> None:
    """Compare the number of frames with the official one, where that is the number of these."""
    counts = dataset.official_counts
    split = dataset.split if dataset.split in counts else WHOLE
    reason = 'no number is published' if split not in counts else _incomparable(dataset, config)
    if reason:
        report.note('frames', f'not compared: {reason}')
        return
    counted = DATASETS.build({key: config[key] for key in PLAIN if key in config} | {'split': split, 'tasks': []})
    found, expected = len(counted), counts[split]
    report.note('frames', f"the split '{split}' has {found} of {expected}")
    if found < expected or (found > expected and not dataset.images_elsewhere):
        advice = 'missing: unpack or fetch the rest' if found < expected else 'too many: find what is not its own'
        report.add('frames', f'{counted.frame_pattern}: {found} found, expected {expected}; {advice}')


def _incomparable(dataset: MultiTaskDataset, config: Mapping[str, Any]) -> str | None:
    """Why the frames are not all of the real dataset's."""
    if dataset.rendered:
        return 'the folder is rendered'
    own = [option for option in dataset.selecting_options if option in config]
    return f'the config selects by {", ".join(own)}' if own else None


def _check_parts(report: SplitReport, dataset: MultiTaskDataset, config: Mapping[str, Any]) -> None:
    """Find what the dataset's own lists name, but is not there."""
    for message in dataset.missing_parts():
        report.add('frames', message)


def _check_official(report: SplitReport, dataset: MultiTaskDataset, config: Mapping[str, Any]) -> None:
    """Find the frames that belong to another split."""
    if dataset.split == WHOLE:
        return
    for frame in dataset.frames:
        official = dataset.official_split(frame)
        if official not in (None, WHOLE, dataset.split):
            report.add('split', f"{dataset.root / frame} belongs to '{official}'; move it there")


def _check_overlap(report: SplitReport, one: MultiTaskDataset, other: MultiTaskDataset) -> None:
    """Find the frames that stand in both of two different splits."""
    if one.split == other.split or WHOLE in (one.split, other.split) or one.root != other.root:
        return
    both = set(one.frames) & set(other.frames)
    for frame in sorted(both):
        report.add('split', f"{other.root / frame} stands in '{one.split}', too; change the list of one of them")


def _read(report: SplitReport, dataset: MultiTaskDataset, jobs: int, limit: int | None) -> None:
    """Read the frames, a process each batch, in the order of their paths: then neighbors are read together."""
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
    """Configs of datasets by stream, or by split where splits are named; each of several equal ones once.

    Args:
        loaders: Configs of data loaders by stream.
        splits: Splits to look at instead of those of the streams, of the first stream's dataset.
    """
    configs = {stream: {**loader.dataset, 'pipeline': []} for stream, loader in loaders.items()}
    if splits:
        first = next(iter(configs.values()))
        return {split: {**first, 'split': split} for split in splits}
    return {stream: config for stream, config in configs.items() if stream == _first_equal(configs, config)}


def _first_equal(configs: Mapping[str, Mapping[str, Any]], config: Mapping[str, Any]) -> str:
    return next(stream for stream, other in configs.items() if other == config)
