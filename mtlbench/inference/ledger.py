"""Record of the files that predictions have written, so that no other file is ever overwritten."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from mtlbench.errors import DataError
from mtlbench.utils.output import becoming, write_whole

LEDGER = 'predictions.jsonl'
LONGEST = 240
"""Largest length of a file name without its suffix, in bytes; file systems allow 255 with suffix and number."""


class Line(NamedTuple):
    """A written file, relative to the folder; the image that it was made from; and the digest of its content."""

    file: str
    source: str
    digest: str


class Ledger:
    """Files of a folder that earlier predictions wrote, in ``predictions.jsonl`` of that folder.

    A file may be written if it does not exist, or if it was written for the same source and has not changed since.
    Each file is entered before it is written, so that an interrupted command leaves no file that is not entered.

    Args:
        folder: Folder of all outputs.

    Raises:
        DataError: When the folder has a file of that name with other content.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / LEDGER
        self._entries: dict[str, set[Line]] = {}
        for line in self._read():
            self._entries.setdefault(line.file, set()).add(line)
        self.close()

    def may_write(self, path: Path, source: str) -> bool:
        """Return whether a file, or all files of a folder, may be written for a source."""
        if path.is_symlink():
            return False
        if path.is_dir():
            return all(self.may_write(inside, source) for inside in path.iterdir())
        return not path.exists() or self._line(path, source, _digest(path)) in self._entries.get(self._name(path), ())

    def write(self, path: Path, source: str, content: bytes) -> None:
        """Write a file that :meth:`may_write` has allowed."""
        self._enter(self._line(path, source, hashlib.sha256(content).hexdigest()))
        write_whole(path, content)

    def adopt(self, path: Path, source: str, other: Path) -> None:
        """Move a finished file to a path that :meth:`may_write` has allowed."""
        self._enter(self._line(path, source, _digest(other)))
        path.parent.mkdir(parents=True, exist_ok=True)
        with becoming(path, other):
            pass

    def close(self) -> None:
        """Write the ledger anew, with the lines of the files that exist."""
        files = sorted(file for file in self._entries if (self.folder / file).is_file())
        if not files and not self.path.exists():
            return
        lines = [_text(line) for file in files for line in sorted(self._entries[file])]
        write_whole(self.path, ''.join(f'{line}\n' for line in lines).encode())

    def _enter(self, line: Line) -> None:
        if line not in self._entries.get(line.file, ()):
            with self.path.open('a', encoding='utf-8') as file:
                file.write(_text(line) + '\n')
        self._entries[line.file] = {line}

    def _line(self, path: Path, source: str, digest: str) -> Line:
        return Line(self._name(path), source, digest)

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.folder))

    def _read(self) -> list[Line]:
        if not self.path.exists() and not self.path.is_symlink():
            return []
        try:
            texts = self.path.read_text('utf-8').splitlines()
            lines = [json.loads(text) for text in texts[:-1]] + _unless_cut_off(texts[-1:])
            return [Line(*(str(line[key]) for key in Line._fields)) for line in lines]
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise DataError(
                f'{self.path} is not a record of predictions, but this command keeps its record under that name; use '
                'another folder'
            ) from error


def names(path: Path, shared: bool) -> Iterator[str]:
    """Yield the names that outputs of an image may have, without suffix, best first.

    Args:
        path: Path of the image.
        shared: Whether another image has the same name but for the suffix.
    """
    if not shared:
        yield _shortened(path.stem)
    yield _shortened(path.name)
    for number in count(2):
        yield f'{_shortened(path.name)}_{number}'


def _text(line: Line) -> str:
    return json.dumps(line._asdict())  # in ASCII, whatever the bytes of a path


def _unless_cut_off(last: list[str]) -> list[dict]:
    """Return the last line of a ledger if it is whole; an interruption may have cut it off."""
    try:
        return [json.loads(text) for text in last]
    except ValueError:
        if last[0].startswith('{"'):
            return []
        raise


def _shortened(name: str) -> str:
    return os.fsdecode(os.fsencode(name)[:LONGEST])


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()
