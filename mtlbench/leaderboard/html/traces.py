"""What a run left in its folder beside the record: training curves and pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from mtlbench.leaderboard.paths import run_dir
from mtlbench.leaderboard.record import ResultRecord

PICTURES = 'pictures'
MOST_POINTS = 200


def folder_of(record: ResultRecord, work_dir: Path) -> Path:
    """Where the run of a record lives; what was imported has no folder there."""
    return run_dir(work_dir, record.name, record.profile, record.recipe, record.seed)


def read_scalars(folder: Path, keys: Iterable[str]) -> dict[str, tuple[list[float], list[float]]]:
    """Curves of a run by name: steps, values. Of a step logged twice, before and after a resume, the later counts."""
    found: dict[str, dict[float, float]] = {key: {} for key in keys}
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        for entry in map(_entry, path.read_text(encoding='utf-8').splitlines()):
            step = entry.get('step')
            for key, points in found.items():
                value = entry.get(key)
                if isinstance(step, (int, float)) and isinstance(value, (int, float)) and math.isfinite(value):
                    points[step] = value
    return {key: _thinned(sorted(points.items())) for key, points in found.items() if points}


def find_pictures(folder: Path) -> dict[str, Path]:
    """The panels that were drawn of a run's predictions, by file name."""
    return {path.name: path for path in sorted((folder / PICTURES).glob('*.png'))}


def _entry(line: str) -> dict[str, object]:
    """One line of the log; empty when a run that was killed cut it off."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _thinned(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    kept = points[:: math.ceil(len(points) / MOST_POINTS)]
    return [step for step, _ in kept], [value for _, value in kept]
