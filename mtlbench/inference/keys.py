"""Legends and color bars below a panel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mtlbench.inference.formats import format_of
from mtlbench.tasks import Task
from mtlbench.visualization.color_bar import color_scale, draw_color_bar
from mtlbench.visualization.legend import BACKGROUND, draw_legend

LEAST_WIDTH = 320
"""Width of a panel in pixels, for the longest names of classes and two values below a color bar."""


def draw_key(
    task: Task, values: Tensor, drawn: NDArray[np.uint8], width: int, occurring: bool = True
) -> NDArray[np.uint8] | None:
    """Draw the legend or the color bar of a map, a strip (H, ``width``, 3) uint8 RGB; None for a map without one.

    Args:
        task: Task of the map.
        values: Map (C, H, W).
        drawn: The drawn map (H, W, 3) uint8 RGB.
        width: Width of the strip in pixels.
        occurring: Whether the legend lists only the classes that occur.
    """
    form = format_of(task)
    entries = form.legend(task, values.numpy() if occurring else None)
    if entries:
        return draw_legend(task.name, entries, width)
    if len(values) > 1 or not values.is_floating_point():
        return None
    known = task.valid(values[None])[0, 0].numpy()
    scale = color_scale(values[0].numpy(), drawn, known, form.unit(task))
    return None if scale is None else draw_color_bar(task.name, scale, width)


def with_keys(
    panel: NDArray[np.uint8],
    tasks: Mapping[str, Task],
    maps: Mapping[str, Tensor],
    drawn: Mapping[str, NDArray[np.uint8]],
    occurring: bool = True,
) -> NDArray[np.uint8]:
    """Return a panel with the legends and color bars of its maps below, at least ``LEAST_WIDTH`` pixels wide."""
    missing = max(LEAST_WIDTH - panel.shape[1], 0)
    panel = np.pad(panel, ((0, 0), (0, missing), (0, 0)), constant_values=BACKGROUND)
    strips = (draw_key(tasks[name], values, drawn[name], panel.shape[1], occurring) for name, values in maps.items())
    return np.vstack([panel, *(strip for strip in strips if strip is not None)])
