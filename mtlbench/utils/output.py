"""Files that are written completely or not at all, and folders that belong to one request."""

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
"""Characters of a file name that its temporary name keeps, so that the temporary name is not too long."""
_HOST = re.sub(r'[^\w-]', '-', socket.gethostname(), flags=re.ASCII)[:32] or 'here'
"""Name of this machine in temporary names, because other machines may write to the same folder."""
_JPEG_QUALITY = 95


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it when all content is on the disk.

    After an interruption, a full disk or a power failure, the path holds the old file or none, never a partial file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    other = half_written(path)
    with becoming(path, other), other.open('wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def half_written(path: Path) -> Path:
    """Return the temporary name of a file or folder while this process writes it."""
    return path.with_name(f'{path.name[:_KEPT]}.{_HOST}.{os.getpid()}{_SUFFIX}')


def clear_half_written(folder: Path) -> None:
    """Delete the temporary files that killed processes of this machine left in a folder."""
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
    """Provide a hidden temporary folder beside a path; it is deleted after the block."""
    clear_half_written(path.parent)
    folder = half_written(path.with_name(f'.{path.name}'))
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def becoming(path: Path, other: Path) -> Iterator[None]:
    """Rename ``other``, which the block writes, to ``path``; if the block fails, delete it and name the path."""
    try:
        yield
        other.replace(path)
    except BaseException as error:
        other.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        raise


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a text file with one line per item."""
    write_whole(path, ('\n'.join(lines) + '\n').encode())


def write_image(path: Path, pixels: NDArray) -> None:
    """Write (H, W) or RGB (H, W, 3) pixels in the format of the file name's suffix."""
    write_whole(path, encoded_image(path.suffix, pixels))


def encoded_image(suffix: str, pixels: NDArray) -> bytes:
    """Return (H, W) or RGB (H, W, 3) pixels in the format of a file name's suffix."""
    # Imported here because the leaderboard writes no images and starts faster without them.
    import cv2
    import numpy as np

    ordered = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    quality = (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY) if suffix == '.jpg' else ()
    _, content = cv2.imencode(suffix, np.ascontiguousarray(ordered), quality)
    return content.tobytes()


@dataclass(frozen=True)
class OutputFolder:
    """Folder that one request fills, in several attempts if necessary.

    Args:
        root: Folder, which may be missing, empty, or contain the same request, finished or interrupted.
        settings: Settings of the request.
        note: Name of the json file with the settings of a finished request.
        content: Description of the finished content for messages.
    """

    root: Path
    settings: Mapping[str, Any]
    note: str
    content: str

    def start(self) -> bool:
        """Prepare the folder for writing.

        Returns:
            False if the request is finished already.

        Raises:
            DataError: If the folder contains anything else. Nothing is ever overwritten.
        """
        entries = self._entries()
        note = next((name for name in (self.note, self._started) if name in entries), None)
        if note is None and entries:
            raise DataError(
                f"{self.root} is not empty and contains no {self.content} (no {self.note}, but '{entries[0]}'); "
                'use an empty or new folder, so that no real dataset is overwritten'
            )
        if note is not None:
            self._require_same(self.root / note)
        if note == self.note:
            return False
        self.sweep()
        write_whole(self.root / self._started, self._encoded)
        return True

    def sweep(self) -> None:
        """Delete the temporary files that an interruption left."""
        for leftover in self.root.rglob(f'*{_SUFFIX}'):
            leftover.unlink(missing_ok=True)

    def finish(self) -> None:
        """Mark the request as finished; call this after all other writes."""
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
            raise DataError(
                f'{self.root}: cannot write to this folder ({error.strerror}); use another folder'
            ) from error

    def _require_same(self, note: Path) -> None:
        try:
            found = read_json(note)
        except DataError as error:
            raise DataError(f'{error}; delete the folder {self.root} and start again') from error
        wanted = json.loads(self._encoded)
        found = found if isinstance(found, dict) else {}
        differing = [key for key in {**wanted, **found} if found.get(key) != wanted.get(key)]
        if differing:
            key = differing[0]
            raise DataError(
                f"{self.root} contains a {self.content} with other settings ('{key}' is {found.get(key)}, "
                f'requested {wanted.get(key)}); use another folder, or delete this one'
            )


def writable_folder(folder: Path) -> Path:
    """Create a folder if it is missing, delete leftover temporary files in it, and return it.

    Call this before the work, so that an unwritable folder is reported before time is spent.

    Raises:
        DataError: If files cannot be written to the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        clear_half_written(folder)
        with TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise DataError(f'{folder}: cannot write to this folder ({error.strerror}); use another folder') from error


def require_own(folder: Path, pattern: str, content: str) -> None:
    """Require that a folder is new, empty, or contains nothing but files of one kind.

    Args:
        folder: Folder to check.
        pattern: Pattern of the allowed file names.
        content: Description of these files for the message.

    Raises:
        DataError: If it contains anything else.
    """
    foreign = sorted(path.name for path in folder.glob('*') if not path.match(pattern))
    if foreign:
        raise DataError(
            f"{folder} contains '{foreign[0]}', which does not belong to the {content}; use a new or empty folder"
        )


def require_other(out: Path, *inputs: str | Path) -> None:
    """Require that an output path differs from all inputs.

    Raises:
        ConfigError: If it equals one of them.
    """
    for source in inputs:
        if out.resolve() == Path(source).resolve():
            raise ConfigError(f'{out} is an input and would be overwritten; use another output path')
