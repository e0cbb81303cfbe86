"""ISPRS Potsdam writer: tiles at 5 cm of a town of apartment blocks and courtyards, under a low sun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mtlbench.datasets.potsdam import TREE
from mtlbench.world.render import Light
from mtlbench.world.writers.aerial import CLEAR, AerialWriter
from mtlbench.world.writers.base import Shot

LIGHT = Light(sun_azimuth=-120, sun_elevation=42, sun=(1.9, 1.8, 1.65), ambient=(0.3, 0.36, 0.42), visibility=CLEAR)


@dataclass(frozen=True)
class PotsdamWriter(AerialWriter):
    """ISPRS Potsdam; see :class:`AerialWriter`. A tile of the default size yields 2 x 2 patches."""

    name: ClassVar[str] = 'potsdam'
    version: ClassVar[int] = 1
    tree = TREE

    frames: int = 10
    size: tuple[int, int] = (1382, 1382)

    def light(self, shot: Shot) -> Light:
        """Return the light of a clear morning."""
        return LIGHT
