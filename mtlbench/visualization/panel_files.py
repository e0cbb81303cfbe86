"""Files of panels: each records its source image, and none overwrites another file."""

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
"""Largest length of a panel's name without its suffix, in bytes; file systems allow 255 with suffix and number."""


def panel_paths(images: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return the path of each image's panel, ``<stem>.png``.

    Images that share a stem, such as ``x.jpg`` and ``x.png``, keep their suffix: ``x.jpg.png``. An existing file is
    overwritten only by the panel of the same image; otherwise the panel gets a number.

    Args:
        images: Paths of the images.
        folder: Folder of the panels.
    """
    stems = Counter(image.stem for image in images)
    paths: dict[Path, Path] = {}
    for image in images:
        names = _names(image, stems[image.stem] > 1)
        taken = set(paths.values())
        paths[image] = next(path for name in names if (path := folder / name) not in taken and _may_write(path, image))
    return paths


def write_panel(path: Path, panel: NDArray[np.uint8], image: Path) -> None:
    """Write a panel (H, W, 3), uint8 RGB, with the path of its source image."""
    note, content = PngInfo(), BytesIO()
    note.add_itxt(SOURCE, _source(image))
    Image.fromarray(panel).save(content, 'png', pnginfo=note)
    write_whole(path, content.getvalue())


def _source(image: Path) -> str:
    """Return the path of an image as text, even if its bytes are not valid text."""
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
    """Return True if the path is free or holds an earlier panel of the image."""
    if path.is_symlink():
        return False
    if not path.exists():
        return True
    try:
        with Image.open(path) as there:
            return there.info.get(SOURCE) == _source(image)
    except Exception:  # not an image, or a damaged one: not a panel
        return False
