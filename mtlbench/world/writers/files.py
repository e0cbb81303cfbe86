"""Files that are there whole or not at all, and the note that tells a rendered folder from a real dataset."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.files import RENDERED as DONE
from mtlbench.errors import DataError, MissingExtraError

STARTED = 'RENDERED.started.json'
_SUFFIX = '.tmp'
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 95)


def write_whole(path: Path, content: bytes) -> None:
    """Write under another name, then rename: an interruption leaves no half-written file under the right name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    other = path.with_name(f'{path.name}.{os.getpid()}{_SUFFIX}')
    other.write_bytes(content)
    other.replace(path)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a text file, a line each."""
    write_whole(path, ('\n'.join(lines) + '\n').encode())


def write_picture(path: Path, pixels: NDArray) -> None:
    """Write (H, W) or RGB (H, W, 3) pixels; the name's ending says how they are encoded."""
    ordered = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    _, content = cv2.imencode(path.suffix, np.ascontiguousarray(ordered), _JPEG if path.suffix == '.jpg' else ())
    write_whole(path, content.tobytes())


def write_exr(path: Path, depth: NDArray[np.float32]) -> None:
    """Write depth (H, W) as an OpenEXR file of one channel ``Z``.

    Raises:
        MissingExtraError: When OpenEXR is not installed.
    """
    try:
        import OpenEXR
    except ImportError as error:
        raise MissingExtraError('OpenEXR', 'exr') from error
    header = {'compression': OpenEXR.ZIP_COMPRESSION, 'type': OpenEXR.scanlineimage}
    with TemporaryDirectory() as folder:
        other = Path(folder) / path.name
        OpenEXR.File(header, {'Z': np.ascontiguousarray(depth, np.float32)}).write(str(other))
        write_whole(path, other.read_bytes())


def claim_folder(root: Path, settings: dict[str, Any]) -> bool:
    """Get a folder ready to be rendered into.

    Args:
        root: The folder; it may be missing or empty, or hold the same rendering, finished or interrupted.
        settings: What is to be rendered.

    Returns:
        False when the folder already holds the finished rendering.

    Raises:
        DataError: When the folder holds anything else. Nothing is ever overwritten.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        entries = sorted(entry.name for entry in root.iterdir())
    except OSError as error:
        raise DataError(f'{root}: cannot render into it ({error.strerror}); give another folder') from error
    note = next((name for name in (DONE, STARTED) if name in entries), None)
    if note is None and entries:
        raise DataError(
            f"{root} is not empty and holds no rendered world (no {DONE}; it holds '{entries[0]}'); "
            'give an empty or a new folder, so that no real dataset is overwritten'
        )
    if note is not None:
        _require_same(root / note, settings)
    if note == DONE:
        return False
    for leftover in root.rglob(f'*{_SUFFIX}'):
        leftover.unlink()
    write_whole(root / STARTED, _encode(settings))
    return True


def finish_folder(root: Path, settings: dict[str, Any]) -> None:
    """Say that everything is there; the last thing that is written."""
    write_whole(root / DONE, _encode(settings))
    (root / STARTED).unlink(missing_ok=True)


def _require_same(note: Path, settings: dict[str, Any]) -> None:
    try:
        found = json.loads(note.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise DataError(f'{note} cannot be read ({error}); delete the folder {note.parent} and render again') from error
    wanted = json.loads(_encode(settings))
    found = found if isinstance(found, dict) else {}
    differing = sorted(key for key in {*wanted, *found} if found.get(key) != wanted.get(key))
    if differing:
        key = differing[0]
        raise DataError(
            f"{note.parent} was rendered with other settings ('{key}' is {found.get(key)}, wanted {wanted.get(key)}); "
            'give another folder, or delete that one'
        )


def _encode(settings: dict[str, Any]) -> bytes:
    return (json.dumps(settings, indent=2) + '\n').encode()
