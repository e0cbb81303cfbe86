"""Sheets of perturbed images and their predictions (robust, Figure 1)."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from mtlbench.robustness.sweep import Pass, Sweep
from mtlbench.visualization import Tile, draw_sheet


def draw_images(sweep: Sweep, what: Pass, count: int, path: Path) -> None:
    """Write a sheet of the first images, clean and at every strength, with the predictions of every task.

    Args:
        sweep: Network and data.
        what: Perturbation and strengths.
        count: Number of images.
        path: Image file to write.
    """
    rows = []
    for position, strength, image, sample in sweep.look(what, count):
        pixels = image.round().byte().permute(1, 2, 0).cpu().numpy()
        seen = Tile(f'{what.name} {strength:g}' if strength else 'clean', pixels)
        tasks = sweep.learner.tasks.items()
        said = [Tile(name, task.draw(sample.prediction(name).cpu())) for name, task in tasks]
        rows.append((position, [seen, *said]))
    rows.sort(key=lambda row: row[0])
    Image.fromarray(draw_sheet([tiles for _, tiles in rows])).save(path)
