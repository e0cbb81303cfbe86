"""What a run left in its folder beside the record: training curves and images."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mtlbench.records.fields import MAX_REAL
from mtlbench.records.paths import run_dir
from mtlbench.records.record import ResultRecord, leads_out

IMAGES = 'images'
MOST_POINTS = 200


def folder_of(record: ResultRecord, work_dir: Path) -> Path:
    """Where the run of a record lives, below the work dir's true place; what was imported has no folder there."""
    return run_dir(work_dir.resolve(), record.name, record.profile, record.recipe, record.seed)


def read_scalars(folder: Path, keys: Iterable[str], left_out: list[str]) -> dict[str, tuple[list[float], list[float]]]:
    """Curves of a run by name: steps, values. Of a step logged twice, before and after a resume, the later counts.

    Args:
        folder: Of the run.
        keys: Names of the curves.
        left_out: Receives a message for each log that cannot be read.
    """
    found: dict[str, dict[float, float]] = {key: {} for key in keys}
    for path in _inside(folder, '*/vis_data/scalars.json', left_out):
        for entry in _entries(path, left_out):
            for key, points in found.items():
                step, value = _number(entry.get('step')), _number(entry.get(key))
                if step is not None and value is not None:
                    points[step] = value
    return {key: _thinned(sorted(points.items())) for key, points in found.items() if points}


def find_images(folder: Path, left_out: list[str]) -> dict[str, Path]:
    """The panels that were drawn of a run's predictions, by file name; those that lead elsewhere are left out."""
    return {path.name: path for path in _inside(folder, f'{IMAGES}/*.png', left_out)}


def _inside(folder: Path, pattern: str, left_out: list[str]) -> list[Path]:
    """The regular files of a run's folder that fit a pattern. No link takes a report to a file of another place."""
    found = []
    for path in sorted(folder.glob(pattern)):
        if leads_out(path, folder):
            left_out.append(f'{path} is a link that leads out of the folder of its run; put a copy in its place')
        elif not path.is_file() or not path.name.isprintable():
            left_out.append(f'{path} is no regular file, or has a strange name')
        else:
            found.append(path)
    return found


def _entries(path: Path, left_out: list[str]) -> list[dict[str, Any]]:
    try:
        return list(map(_entry, path.read_text(encoding='utf-8').splitlines()))
    except (OSError, ValueError) as error:
        left_out.append(f'{path} cannot be read: {error}')
        return []


def _entry(line: str) -> dict[str, Any]:
    """One line of the log; empty when a run that was killed cut it off, or where it is something else."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _number(value: Any) -> float | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MAX_REAL
    return value if number else None


def _thinned(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    kept = points[:: math.ceil(len(points) / MOST_POINTS)]
    return [step for step, _ in kept], [value for _, value in kept]
