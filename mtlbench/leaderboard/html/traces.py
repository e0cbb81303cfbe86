"""Training curves and images in the folder of a run."""

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
    """Return the folder of a run below the resolved work dir. Imported records have none."""
    return run_dir(work_dir.resolve(), record.name, record.profile, record.recipe, record.seed)


def read_scalars(folder: Path, keys: Iterable[str], left_out: list[str]) -> dict[str, tuple[list[float], list[float]]]:
    """Return curves of a run by name: steps and values. If a step was logged twice, the later entry counts.

    Args:
        folder: Folder of the run.
        keys: Names of the curves.
        left_out: List to which a message is appended for each unreadable log.
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
    """Return the drawn predictions of a run by file name, without links out of its folder."""
    return {path.name: path for path in _inside(folder, f'{IMAGES}/*.png', left_out)}


def _inside(folder: Path, pattern: str, left_out: list[str]) -> list[Path]:
    """Return the regular files of a run's folder that match a pattern, without links out of the folder."""
    found = []
    for path in sorted(folder.glob(pattern)):
        if leads_out(path, folder):
            left_out.append(f'{path} is a link out of the folder of its run; replace it with a copy')
        elif not path.is_file() or not path.name.isprintable():
            left_out.append(f'{path} is not a regular file, or its name has unprintable characters')
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
    """Parse a line of the log. Return an empty entry if it is truncated by a killed run or otherwise invalid."""
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
