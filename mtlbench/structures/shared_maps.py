"""Shared maps of a network, as balancers of gradients see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class SharedMaps:
    """Maps that all tasks share, cut from the encoder that computed them.

    Args:
        made: Maps as the encoder returned them.
        given: The same maps without history, from which the tasks' predictions are computed.
    """

    made: list[Tensor] = field(default_factory=list)
    given: list[Tensor] = field(default_factory=list)

    def cut(self, maps: Tensor) -> Tensor:
        """Return maps without history that record the gradients of the tasks."""
        if not (torch.is_grad_enabled() and maps.requires_grad):
            return maps
        self.made.append(maps)
        self.given.append(maps.detach().requires_grad_())
        return self.given[-1]


_record: ContextVar[SharedMaps | None] = ContextVar('shared_maps', default=None)


@contextmanager
def cut_shared_maps() -> Iterator[SharedMaps]:
    """Cut the networks inside at their shared maps, and collect these."""
    found = SharedMaps()
    token = _record.set(found)
    try:
        yield found
    finally:
        _record.reset(token)


def shared(maps: list[Tensor]) -> list[Tensor]:
    """Declare maps that all tasks share; a network's ``encode`` returns the result instead of the maps.

    The maps are returned unchanged unless a balancer measures gradients on them. A network whose maps differ by task
    does not call this; balancers then measure gradients on its parameters.
    """
    found = _record.get()
    return maps if found is None else [found.cut(one) for one in maps]
