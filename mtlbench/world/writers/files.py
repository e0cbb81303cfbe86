"""Files of rendered datasets, and the note that marks their folder as rendered."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.text_files import RENDERED
from mtlbench.errors import MissingExtraError
from mtlbench.utils.output import OutputFolder, write_image, write_lines, write_whole

__all__ = [
    'claim_folder',
    'finish_folder',
    'sweep_folder',
    'write_array',
    'write_exr',
    'write_image',
    'write_lines',
    'write_whole',
]


def write_array(path: Path, values: NDArray) -> None:
    """Write an array as an npy file."""
    content = BytesIO()
    np.save(content, values, allow_pickle=False)
    write_whole(path, content.getvalue())


def write_exr(path: Path, depth: NDArray[np.float32]) -> None:
    """Write depth (H, W) as an OpenEXR file with the single channel ``Z``.

    Raises:
        MissingExtraError: If OpenEXR is not installed.
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
    """Prepare a folder for rendering. Return False if it already holds the finished rendering.

    Raises:
        DataError: If the folder holds anything else. Nothing is overwritten.
    """
    return _output_folder(root, settings).start()


def finish_folder(root: Path, settings: dict[str, Any]) -> None:
    """Mark the rendering as finished, after all other files are written."""
    _output_folder(root, settings).finish()


def sweep_folder(root: Path, settings: dict[str, Any]) -> None:
    """Remove what an interruption left half-written."""
    _output_folder(root, settings).sweep()


def _output_folder(root: Path, settings: dict[str, Any]) -> OutputFolder:
    return OutputFolder(root, settings, RENDERED, 'rendered world')
