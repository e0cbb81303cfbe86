"""Files that a killed process left behind half-written in the folder of a run."""

from __future__ import annotations

from pathlib import Path

from mtlbench.utils.output import clear_half_written

CHECKPOINTS = '.iter_*.pth.partial'


def clear_leftovers(folder: Path) -> None:
    """Delete what was being written when an earlier process was killed. Only the process that holds the lock may."""
    for path in folder.glob(CHECKPOINTS):
        path.unlink()
    for place in (folder, folder / 'images'):
        clear_half_written(place)
