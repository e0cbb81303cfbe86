"""Sheet of two samples and the result of every registered mixer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mtlbench.mixers import Views
from mtlbench.registry import MIXERS
from mtlbench.structures import IGNORE_INDEX
from mtlbench.tasks import SemSegTask
from mtlbench.visualization import Tile, draw_sheet


def draw_mixers(samples: Sequence[Mapping[str, Any]], task: SemSegTask, seed: int) -> np.ndarray:
    """Draw two samples and the results of every registered mixer, an image (H, W, 3) uint8 RGB.

    Args:
        samples: Two samples of a dataset, with labels of classes and depth.
        task: Task that draws the classes.
        seed: Seed of everything that mixers draw.
    """
    views = views_of(samples, task)
    rows = [[*tiles('image', views, 0, task), *tiles('partner', views, 1, task)]]
    MIXERS.import_from_location()
    for name, kind in MIXERS.module_dict.items():
        mixed = kind()(views, torch.Generator().manual_seed(seed))
        rows.append([*tiles(name, mixed, 0, task), *tiles('the other way round', mixed, 1, task)])
    return draw_sheet(rows)


def views_of(samples: Sequence[Mapping[str, Any]], task: SemSegTask) -> Views:
    """Convert samples with class and depth labels to the input of a mixer."""
    labels, depth = (torch.stack([one['data_samples'].label(name) for one in samples]) for name in ('semseg', 'depth'))
    return Views(
        images=torch.stack([sample['inputs'] for sample in samples]) / 255,
        labels=labels,
        confidence=(labels != IGNORE_INDEX).float(),
        depth=depth,
        center=torch.stack([torch.as_tensor(one['data_samples'].intrinsics)[:2, 2] for one in samples]).float(),
        classes=task.class_set.classes,
    )


def tiles(caption: str, views: Views, number: int, task: SemSegTask) -> list[Tile]:
    """Return the tiles of an image and its labels."""
    image = (255 * views.images[number]).round().byte().permute(1, 2, 0).numpy()
    return [Tile(caption, image), Tile('labels', task.draw(views.labels[number]))]
