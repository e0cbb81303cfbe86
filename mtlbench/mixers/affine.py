"""Mixing by copying objects to another depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.geometry.view_synthesis import sample
from mtlbench.mixers.base import Mixer
from mtlbench.mixers.movable import MOVABLE, movable_ids
from mtlbench.mixers.views import Views
from mtlbench.registry import MIXERS


@MIXERS.register_module()
class AffineMixer(Mixer):
    """Copy the pixels of one class to another depth of the same image (AffineMix; CCAM, section 3.2).

    At ``s`` times its depth an object appears ``1 / s`` as large, scaled about the principal point, so that objects on
    the ground stay on the ground. The copy is visible except where it is behind something nearer. The original object
    remains. Images without a movable class are unchanged.

    Args:
        movable: Names of the candidate classes; for each image one of those present is drawn.
        scale_range: Smallest and largest ``s``, above 0, drawn uniformly for each image.

    Raises:
        ConfigError: When the range is empty or not above 0.
    """

    def __init__(self, movable: Sequence[str] = MOVABLE, scale_range: tuple[float, float] = (0.5, 1.5)) -> None:
        least, greatest = scale_range
        if not 0 < least <= greatest:
            raise ConfigError(f'AffineMixer: expected scale_range=(smallest, largest) above 0, got {scale_range}')
        self.movable, self.least, self.greatest = frozenset(movable), least, greatest

    def check_classes(self, classes: Sequence[str]) -> None:
        """Reject class sets without a movable class."""
        movable_ids(classes, self.movable, 'AffineMixer')

    def mix(self, views: Views, generator: torch.Generator) -> Views:
        """See :class:`Mixer`."""
        count = len(views.images)
        chosen = self._chosen(views, torch.rand(count, generator=generator))
        scales = self.least + (self.greatest - self.least) * torch.rand(count, generator=generator)
        return move(views, views.labels == chosen[:, None, None, None], scales.to(views.depth))

    def _chosen(self, views: Views, draws: Tensor) -> Tensor:
        """Draw one of the classes (N) present in each image with equal probability; -1 where none is."""
        ids = movable_ids(views.classes, self.movable, 'AffineMixer')
        present = torch.stack([(views.labels == number).flatten(1).any(1) for number in ids], dim=1)
        counts = present.cumsum(1)
        # The draw selects a position among the classes present; the class is the one whose count reaches it.
        place = (draws.to(counts.device) * counts[:, -1]).floor() + 1
        number = torch.tensor(ids, device=present.device)[(counts >= place[:, None]).int().argmax(1)]
        return torch.where(present.any(1), number, -1)


def move(views: Views, thing: Tensor, scales: Tensor) -> Views:
    """Add a copy of one object at another depth to each view (CCAM, equations 8 to 12).

    Args:
        views: Batch of N views.
        thing: Mask of the object's pixels (N, 1, H, W).
        scales: Factor of its depth (N).
    """
    rows, columns = (_sources(views, scales, axis) for axis in (1, 0))
    places = torch.stack(
        [
            columns[:, None, :].expand(-1, rows.shape[1], -1),
            rows[:, :, None].expand(-1, -1, columns.shape[1]),
        ],
        dim=1,
    )
    factors = scales[:, None, None, None]
    copy = replace(
        views,
        images=sample(views.images, places.to(views.images)),
        labels=_nearest(views.labels, rows, columns),
        confidence=_nearest(views.confidence, rows, columns),
        depth=_nearest(views.depth, rows, columns) * factors,
        fields=views.each_field(
            lambda name, values: _nearest(values, rows, columns) * (factors if views.kinds[name].is_distance else 1)
        ),
    )
    shown = _nearest(thing, rows, columns) & _inside(rows, columns, thing) & (copy.depth <= views.depth)
    return copy.where(shown, views)


def _sources(views: Views, scales: Tensor, axis: int) -> Tensor:
    """Return the source coordinate of each position of the copy along an axis (0: columns, 1: rows), (N, length)."""
    length = views.images.shape[3 - axis]
    center = views.center[:, axis, None].to(scales)
    return scales[:, None] * (torch.arange(length, device=scales.device) - center) + center


def _nearest(maps: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Sample maps (N, C, H, W) at the nearest pixels, clamped to the border."""
    height, width = maps.shape[-2:]
    row = rows.round().long().clamp(0, height - 1)[:, :, None]
    column = columns.round().long().clamp(0, width - 1)[:, None, :]
    sample_number = torch.arange(len(maps), device=maps.device)[:, None, None]
    return maps[sample_number, :, row, column].permute(0, 3, 1, 2)


def _inside(rows: Tensor, columns: Tensor, like: Tensor) -> Tensor:
    """Return the mask of positions (N, 1, H, W) whose source lies inside the image."""
    height, width = like.shape[-2:]
    row, column = rows.round(), columns.round()
    inside_row, inside_column = (row >= 0) & (row < height), (column >= 0) & (column < width)
    return inside_row[:, None, :, None] & inside_column[:, None, None, :]
