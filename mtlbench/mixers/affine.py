"""Mixing by moving things nearer and farther."""

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
    """Copies the pixels of one class to another depth of the same image (AffineMix, CCAM, section 3.2).

    At ``s`` times its depth a thing is ``1 / s`` as large, seen from the principal point, so that what stands on the
    ground goes on standing there. The copy shows where it is not behind something nearer. What stood there stays. A
    image without any such class stays as it is.

    Args:
        movable: Names of the classes to choose from; one is drawn for each image of those that are in it.
        scale_range: Least and greatest ``s``, drawn uniformly for each image.

    Raises:
        ConfigError: When the range is not one above 0.
    """

    def __init__(self, movable: Sequence[str] = MOVABLE, scale_range: tuple[float, float] = (0.5, 1.5)) -> None:
        least, greatest = scale_range
        if not 0 < least <= greatest:
            raise ConfigError(f'AffineMixer: scale_range must be (least, greatest) above 0, got {scale_range}')
        self.movable, self.least, self.greatest = frozenset(movable), least, greatest

    def check_classes(self, classes: Sequence[str]) -> None:
        """Refuse classes of which none can move."""
        movable_ids(classes, self.movable, 'AffineMixer')

    def mix(self, views: Views, generator: torch.Generator) -> Views:
        """See :class:`Mixer`."""
        count = len(views.images)
        chosen = self._chosen(views, torch.rand(count, generator=generator))
        scales = self.least + (self.greatest - self.least) * torch.rand(count, generator=generator)
        return move(views, views.labels == chosen[:, None, None, None], scales.to(views.depth))

    def _chosen(self, views: Views, draws: Tensor) -> Tensor:
        """A class (N) that each image shows, one as likely as the other; -1 where there is none."""
        ids = movable_ids(views.classes, self.movable, 'AffineMixer')
        present = torch.stack([(views.labels == number).flatten(1).any(1) for number in ids], dim=1)
        counts = present.cumsum(1)
        # The draw picks the place among those that are present; the class is where the count reaches it.
        place = (draws.to(counts.device) * counts[:, -1]).floor() + 1
        number = torch.tensor(ids, device=present.device)[(counts >= place[:, None]).int().argmax(1)]
        return torch.where(present.any(1), number, -1)


def move(views: Views, thing: Tensor, scales: Tensor) -> Views:
    """The views with a copy of one thing in each, at another depth (CCAM, equations 8 to 12).

    Args:
        views: The views.
        thing: Its pixels (N, 1, H, W).
        scales: Factor (N) of its depth.
    """
    rows, columns = (_sources(views, scales, axis) for axis in (1, 0))
    places = torch.stack(
        [
            columns[:, None, :].expand(-1, rows.shape[1], -1),
            rows[:, :, None].expand(-1, -1, columns.shape[1]),
        ],
        dim=1,
    )
    copy = replace(
        views,
        images=sample(views.images, places.to(views.images)),
        labels=_nearest(views.labels, rows, columns),
        confidence=_nearest(views.confidence, rows, columns),
        depth=_nearest(views.depth, rows, columns) * scales[:, None, None, None],
    )
    shown = _nearest(thing, rows, columns) & _inside(rows, columns, thing) & (copy.depth <= views.depth)
    return copy.where(shown, views)


def _sources(views: Views, scales: Tensor, axis: int) -> Tensor:
    """Where along an axis (0: columns, 1: rows) each place of the copy comes from (N, length), in pixels."""
    length = views.images.shape[3 - axis]
    center = views.center[:, axis, None].to(scales)
    return scales[:, None] * (torch.arange(length, device=scales.device) - center) + center


def _nearest(maps: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Maps (N, C, H, W) at the nearest pixels; those outside are of the border."""
    height, width = maps.shape[-2:]
    row = rows.round().long().clamp(0, height - 1)[:, :, None]
    column = columns.round().long().clamp(0, width - 1)[:, None, :]
    sample_number = torch.arange(len(maps), device=maps.device)[:, None, None]
    return maps[sample_number, :, row, column].permute(0, 3, 1, 2)


def _inside(rows: Tensor, columns: Tensor, like: Tensor) -> Tensor:
    """Whether a place (N, 1, H, W) comes from inside the image."""
    height, width = like.shape[-2:]
    row, column = rows.round(), columns.round()
    inside_row, inside_column = (row >= 0) & (row < height), (column >= 0) & (column < width)
    return inside_row[:, None, :, None] & inside_column[:, None, None, :]
