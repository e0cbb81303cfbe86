"""ISPRS Vaihingen writer: tiles at 9 cm of a town of houses with gardens, under a high sun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mtlbench.datasets.vaihingen import TREE
from mtlbench.world.render import Light
from mtlbench.world.writers.aerial import CLEAR, AerialWriter
from mtlbench.world.writers.base import Shot

LIGHT = Light(sun_azimuth=-70, sun_elevation=54, sun=(1.9, 1.75, 1.6), ambient=(0.2, 0.3, 0.38), visibility=CLEAR)


@dataclass(frozen=True)
class VaihingenWriter(AerialWriter):
    """ISPRS Vaihingen; see :class:`AerialWriter`. A tile of the default size yields 3 x 2 patches."""

    name: ClassVar[str] = 'vaihingen'
    version: ClassVar[int] = 1
    tree = TREE

    frames: int = 10
    size: tuple[int, int] = (1024, 768)

    def light(self, shot: Shot) -> Light:
        """Return the light of a clear summer day with deep blue shadows."""
        return LIGHT
