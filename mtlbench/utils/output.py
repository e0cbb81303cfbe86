"""Files that are there whole or not at all, and folders that belong to one request."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from mtlbench.errors import ConfigError, DataError
from mtlbench.utils.json_files import read_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUFFIX = '.tmp'
_KEPT = 48
"""Characters of a file's name in that of its half-written form, which would be too long for some names otherwise."""
_HOST = re.sub(r'[^\w-]', '-', socket.gethostname(), flags=re.ASCII)[:32] or 'here'
"""This machine, in the names of half-written files: others may write into the same folder."""
_JPEG_QUALITY = 95


def write_whole(path: Path, content: bytes) -> None:
    """Write under another name, then rename when all is on the disk.

    An interruption, a full disk or a power cut leaves the old file, or none, under the right name; never half a one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    other = half_written(path)
    with becoming(path, other), other.open('wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def half_written(path: Path) -> Path:
    """Return the name of a file or folder while this process writes it."""
    return path.with_name(f'{path.name[:_KEPT]}.{_HOST}.{os.getpid()}{_SUFFIX}')


def clear_half_written(folder: Path) -> None:
    """Delete what processes of this machine left half-written in a folder when they were killed."""
    for path in folder.glob(f'*.{_HOST}.*{_SUFFIX}'):
        process = path.name.removesuffix(_SUFFIX).rpartition('.')[2]
        if not process.isdecimal() or _is_alive(int(process)):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def hidden_folder(path: Path) -> Iterator[Path]:
    """Give a hidden folder beside a path, to write into what is to become it; it is gone after the block."""
    clear_half_written(path.parent)
    folder = half_written(path.with_name(f'.{path.name}'))
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def becoming(path: Path, other: Path) -> Iterator[None]:
    """Write ``other`` in the block, and it becomes ``path``. A block that fails leaves neither, and names the path."""
    try:
        yield
        other.replace(path)
    except BaseException as error:
        other.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        raise


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a text file, a line each."""
    write_whole(path, ('\n'.join(lines) + '\n').encode())


def write_image(path: Path, pixels: NDArray) -> None:
    """Write (H, W) or RGB (H, W, 3) pixels; the name's ending says how they are encoded."""
    # Here, because the leaderboard writes no images and starts sooner without them.
    import cv2
    import numpy as np

    ordered = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    quality = (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY) if path.suffix == '.jpg' else ()
    _, content = cv2.imencode(path.suffix, np.ascontiguousarray(ordered), quality)
    write_whole(path, content.tobytes())


@dataclass(frozen=True)
class OutputFolder:
    """A folder that one request fills, over several attempts if need be.

    Args:
        root: The folder; it may be missing or empty, or hold the same request, finished or interrupted.
        settings: What is asked for.
        note: Name of the json file that holds the settings when all is done.
        content: What the folder holds then, for messages.
    """

    root: Path
    settings: Mapping[str, Any]
    note: str
    content: str

    def start(self) -> bool:
        """Get the folder ready to be written into.

        Returns:
            False when all is done already.

        Raises:
            DataError: When the folder holds anything else. Nothing is ever overwritten.
        """
        entries = self._entries()
        note = next((name for name in (self.note, self._started) if name in entries), None)
        if note is None and entries:
            raise DataError(
                f"{self.root} is not empty and holds no {self.content} (no {self.note}; it holds '{entries[0]}'); "
                'give an empty or a new folder, so that no real dataset is overwritten'
            )
        if note is not None:
            self._require_same(self.root / note)
        if note == self.note:
            return False
        self.sweep()
        write_whole(self.root / self._started, self._encoded)
        return True

    def sweep(self) -> None:
        """Take away what an interruption left half-written."""
        for leftover in self.root.rglob(f'*{_SUFFIX}'):
            leftover.unlink(missing_ok=True)

    def finish(self) -> None:
        """Say that everything is there; the last thing that is written."""
        write_whole(self.root / self.note, self._encoded)
        (self.root / self._started).unlink(missing_ok=True)

    @property
    def _started(self) -> str:
        return f'{Path(self.note).stem}.started.json'

    @property
    def _encoded(self) -> bytes:
        return (json.dumps(self.settings, indent=2) + '\n').encode()

    def _entries(self) -> list[str]:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            return sorted(entry.name for entry in self.root.iterdir())
        except OSError as error:
            raise DataError(f'{self.root}: cannot write into it ({error.strerror}); give another folder') from error

    def _require_same(self, note: Path) -> None:
        try:
            found = read_json(note)
        except DataError as error:
            raise DataError(f'{error}: it cannot be read; delete the folder {self.root} and start again') from error
        wanted = json.loads(self._encoded)
        found = found if isinstance(found, dict) else {}
        differing = [key for key in {**wanted, **found} if found.get(key) != wanted.get(key)]
        if differing:
            key = differing[0]
            raise DataError(
                f"{self.root} holds a {self.content} with other settings ('{key}' is {found.get(key)}, "
                f'wanted {wanted.get(key)}); give another folder, or delete that one'
            )


def writable_folder(folder: Path) -> Path:
    """Return the folder, made where it is missing, and without what killed processes left half-written in it.

    What cannot be written is told before the work, not after it.

    Raises:
        DataError: When files cannot be written into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        clear_half_written(folder)
        with TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise DataError(f'{folder}: cannot write into it ({error.strerror}); name another folder') from error


def require_own(folder: Path, pattern: str, content: str) -> None:
    """Make sure that a folder is new, empty, or holds nothing but what is written into it.

    Args:
        folder: The folder.
        pattern: Of the names of the files that are written into it.
        content: What these are, for the message.

    Raises:
        DataError: When it holds anything else.
    """
    foreign = sorted(path.name for path in folder.glob('*') if not path.match(pattern))
    if foreign:
        raise DataError(f"{folder} holds '{foreign[0]}', which is not of the {content}; name a new or an empty folder")


def require_other(out: Path, *inputs: str | Path) -> None:
    """Make sure that what is written is not what is read.

    Raises:
        ConfigError: When it is.
    """
    for source in inputs:
        if out.resolve() == Path(source).resolve():
            raise ConfigError(f'{out} is read, and would be overwritten; name another file or folder to write')
