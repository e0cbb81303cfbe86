"""Tickets of training samples."""

from __future__ import annotations

from typing import NamedTuple


class Draw(NamedTuple):
    """Ticket for one training sample: its position in the dataset, and the key of its random transforms."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which is not needed
    key: int
