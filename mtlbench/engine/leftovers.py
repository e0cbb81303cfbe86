"""Removal of partial files that a killed process left in the folder of a run."""

from __future__ import annotations

from pathlib import Path

from mtlbench.utils.output import clear_half_written

CHECKPOINTS = '.*_*.pth.partial'


def clear_leftovers(folder: Path) -> None:
    """Delete the partial files of an earlier, killed process. Only the process that holds the lock may call this."""
    for path in folder.glob(CHECKPOINTS):
        path.unlink()
    for place in (folder, folder / 'images'):
        clear_half_written(place)
