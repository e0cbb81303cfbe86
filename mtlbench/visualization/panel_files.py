"""Files of panels: each knows the image it shows, and none takes the place of anything else."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mtlbench.utils.output import write_whole

SOURCE = 'Source'
LONGEST = 240
"""Bytes of a panel's name without its ending; file systems allow 255 with it, and a number needs some."""


def panel_paths(images: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Where the panel of each image goes: ``<stem>.png``.

    Images of one stem, such as ``x.jpg`` and ``x.png``, keep their suffix: ``x.jpg.png``. A file that is there already
    is overwritten only by the panel of the same image; beside any other the panel gets a number.

    Args:
        images: The images.
        folder: Where the panels go.
    """
    stems = Counter(image.stem for image in images)
    paths: dict[Path, Path] = {}
    for image in images:
        names = _names(image, stems[image.stem] > 1)
        taken = set(paths.values())
        paths[image] = next(path for name in names if (path := folder / name) not in taken and _may_write(path, image))
    return paths


def write_panel(path: Path, panel: NDArray[np.uint8], image: Path) -> None:
    """Write a panel (H, W, 3) uint8 RGB, with the path of the image that it shows."""
    note, content = PngInfo(), BytesIO()
    note.add_itxt(SOURCE, _source(image))
    Image.fromarray(panel).save(content, 'png', pnginfo=note)
    write_whole(path, content.getvalue())


def _source(image: Path) -> str:
    """The path of an image as text, also where its bytes are none."""
    return str(image.resolve()).encode(errors='backslashreplace').decode()


def _names(image: Path, shared: bool) -> Iterator[str]:
    if not shared:
        yield f'{_shortened(image.stem)}.png'
    yield f'{_shortened(image.name)}.png'
    for number in count(2):
        yield f'{_shortened(image.name)}_{number}.png'


def _shortened(name: str) -> str:
    return os.fsdecode(os.fsencode(name)[:LONGEST])


def _may_write(path: Path, image: Path) -> bool:
    """Whether nothing is there, or an earlier panel of the image."""
    if path.is_symlink():
        return False
    if not path.exists():
        return True
    try:
        with Image.open(path) as there:
            return there.info.get(SOURCE) == _source(image)
    except Exception:  # no image, or a damaged one: not a panel
        return False
