"""Files that a killed process left behind half-written in the folder of a run."""

from __future__ import annotations

from pathlib import Path

PATTERNS = ('.iter_*.pth.partial', '.result.json.*', 'result.json.*.tmp')


def clear_leftovers(folder: Path) -> None:
    """Delete what was being written when an earlier process was killed. Only the process that holds the lock may."""
    for pattern in PATTERNS:
        for path in folder.glob(pattern):
            path.unlink()
