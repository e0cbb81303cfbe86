"""Codec of class colors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_label_colors
from mtlbench.datasets.folder.codecs.base import CameraAt
from mtlbench.datasets.folder.codecs.classes import ClassLabels, Color, color_of
from mtlbench.errors import ConfigError
from mtlbench.registry import CODECS
from mtlbench.structures import IGNORE_INDEX

BLACK = (0, 0, 0)
FEW = 0.01
"""Share of pixels with unknown colors above which a file is doubtful; smoothed borders exceed it."""


@CODECS.register_module()
class ColorLabels(ClassLabels):
    """Class colors in RGB or palette files. Colors of no class are ignored.

    Args:
        files: Pattern of the files.
        colors: Color of each class, by name, such as ``{'road': (128, 64, 128)}``; or several colors of one class. The
            first one is that of drawings.
        ignored: Colors of ignored pixels, which the check of the files expects.
    """

    suffixes = ('.png', '.tif', '.tiff', '.bmp')

    def __init__(self, files: str, colors: Mapping[str, Sequence], ignored: Sequence = (BLACK,)) -> None:
        self.colors = {name: _colors(given, name, self) for name, given in colors.items()}
        super().__init__(files, self.colors, {name: several[0] for name, several in self.colors.items()})
        self._check_colors()
        self.ignored = [_packed(color) for color in _colors(ignored, 'ignored', self)] if ignored else []
        pairs = sorted((_packed(color), name) for name, several in self.colors.items() for color in several)
        self.stored, self.owners = np.array([color for color, _ in pairs]), [name for _, name in pairs]

    def read(self, path: Path, camera: CameraAt) -> NDArray[np.uint8]:
        """Return the training ids (H, W); 255 = ignored."""
        packed = self._pack(path)
        ids = np.array([self.training_id(name) for name in self.owners], np.uint8)
        places = np.searchsorted(self.stored, packed).clip(max=len(ids) - 1)
        return np.where(self.stored[places] == packed, ids[places], np.uint8(IGNORE_INDEX))

    def doubts(self, path: Path) -> Iterator[Doubt]:
        """Yield a doubt if many pixels have the color of no class."""
        packed = self._pack(path)
        strange = packed[~np.isin(packed, [*self.stored, *self.ignored])]
        if strange.size > FEW * packed.size:
            color = tuple(int(strange[0]) >> shift & 255 for shift in (16, 8, 0))
            share = strange.size / packed.size
            yield Doubt(
                f'{share:.1%} of the pixels have the color of no class, such as {color}; add it to colors or ignored'
            )

    def _check_colors(self) -> None:
        owners = dict[Color, str]()
        for name, several in self.colors.items():
            for color in several:
                if owners.setdefault(color, name) != name:
                    raise ConfigError(f"ColorLabels: '{name}' and '{owners[color]}' have the same color {color}")

    def _pack(self, path: Path) -> NDArray[np.int64]:
        return read_label_colors(path).astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])


def _colors(given: Sequence, name: str, owner: object) -> list[Color]:
    several = given if given and isinstance(given[0], list | tuple) else [given]
    return [color_of(color, name, owner) for color in several]


def _packed(color: Color) -> int:
    return color[0] << 16 | color[1] << 8 | color[2]
