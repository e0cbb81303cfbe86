"""Patterns of file paths such as ``'{scene}/rgb/{name}.jpg'``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mtlbench.datasets.listing import PassedOver, list_images
from mtlbench.datasets.paths import existing
from mtlbench.errors import ConfigError, DataError

PLACEHOLDER = re.compile(r'\{([A-Za-z_]\w*)\}')
COPIES = '__MACOSX'
"""Folders of hidden files that macOS adds to archives."""

Values = Mapping[str, str]


class FoundFile(NamedTuple):
    """File that matches a pattern: its path, and the values of the placeholders."""

    path: Path
    values: Values


@dataclass(frozen=True)
class Pattern:
    """Pattern of the paths of one file per frame, relative to the folder of the dataset.

    A placeholder stands for any text without ``/``; one at the beginning of the file name also stands for folders. A
    placeholder that occurs again stands for the same text.

    Args:
        stem: Pattern without the suffix.
        suffixes: Suffixes of the files, in lower case. If a frame has several files, the earliest suffix is read.
    """

    stem: str
    suffixes: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, suffixes: Sequence[str], place: str) -> Pattern:
        """Return the pattern in a config.

        Args:
            text: Pattern with or without a suffix. A path without placeholders is a folder with one file per frame.
            suffixes: Suffixes that can be read.
            place: Place of the pattern in the config, for messages.

        Raises:
            ConfigError: If the text is not a pattern, or files with its suffix cannot be read.
        """
        plain = PLACEHOLDER.sub('', text)
        if text.startswith('/') or '..' in text.split('/'):
            raise ConfigError(f"{place} is '{text}', expected a path relative to data_root, inside of it")
        if not text or re.search(r'[*?{}]', plain):
            raise ConfigError(
                f"{place} is {text!r:.80}, expected a path such as 'rgb/{{name}}.jpg', with placeholders in braces for "
                'what differs between frames'
            )
        if plain == text:
            return cls(f'{text.rstrip("/")}/{{name}}', tuple(suffixes))
        suffix = '' if text.endswith('}') else PurePosixPath(text).suffix
        if suffix and suffix.lower() not in suffixes:
            raise ConfigError(f"{place} is '{text}', expected a suffix that can be read: {', '.join(suffixes)}")
        return cls(text.removesuffix(suffix), (suffix.lower(),) if suffix else tuple(suffixes))

    @property
    def placeholders(self) -> list[str]:
        """Names of the placeholders, in order."""
        return list(dict.fromkeys(PLACEHOLDER.findall(self.stem)))

    def __str__(self) -> str:
        first, *others = self.suffixes
        return f'{self.stem}{first}' + (f' (or {", ".join(others)})' if others else '')

    def path(self, root: Path, values: Values) -> Path:
        """Return the path of a frame's file; with the first suffix if there is none."""
        stem = root / PLACEHOLDER.sub(lambda match: values[match[1]], self.stem)
        return existing(stem, self.suffixes) or stem.with_name(stem.name + self.suffixes[0])

    def find(self, root: Path) -> tuple[list[FoundFile], list[PassedOver]]:
        """Return the files that match, folder by folder, and the files beside them that are not read.

        Hidden files and folders are left out.

        Raises:
            DataError: If a folder cannot be listed.
        """
        found, passed_over = list[FoundFile](), list[PassedOver]()
        names = '.+'.join(map(re.escape, PLACEHOLDER.split(self._last)[::2]))
        expression = self.expression(root)
        for folder in self._folders(root):
            listing = list_images(folder, rf'((?!\.){names})', self.suffixes, by_value=False)
            passed_over += (file for file in listing.passed_over if not file.path.name.startswith('.'))
            for path in listing.images:
                match = expression.fullmatch(path.with_suffix('').as_posix())
                found += [FoundFile(path, match.groupdict())] if match else []
        return found, passed_over

    @property
    def _last(self) -> str:
        return self.stem.rpartition('/')[2]

    @property
    def _parent(self) -> str:
        return self.stem.rpartition('/')[0]

    def expression(self, root: Path) -> re.Pattern[str]:
        """Return the regular expression of a path without its suffix, with a group for each placeholder."""
        expression = re.escape(f'{root.as_posix()}/')
        end = 0
        known = set[str]()
        for match in PLACEHOLDER.finditer(self.stem):
            expression += re.escape(self.stem[end : match.start()])
            inside = '.+' if self.stem[match.start() :] == self._last else '[^/]+'
            expression += f'(?P={match[1]})' if match[1] in known else f'(?P<{match[1]}>{inside})'
            known.add(match[1])
            end = match.end()
        return re.compile(expression + re.escape(self.stem[end:]))

    def _folders(self, root: Path) -> Iterator[Path]:
        """Yield the folders that may hold files of the pattern, in order."""
        levels = [] if not self._parent else self._parent.split('/')
        fixed = next((place for place, level in enumerate(levels) if PLACEHOLDER.search(level)), len(levels))
        start = root / '/'.join(levels[:fixed]) if fixed else root
        deep = self._last.startswith('{')
        expression = '/'.join('[^/]+'.join(map(re.escape, PLACEHOLDER.split(level)[::2])) for level in levels[fixed:])
        for folder in _visible_folders(start):
            inner = folder.relative_to(start).parts
            known = '/'.join(inner[: len(levels) - fixed])
            if re.fullmatch(expression, known) and (deep or len(inner) == len(levels) - fixed):
                yield folder


def _visible_folders(start: Path) -> Iterator[Path]:
    """Yield a folder and all folders in it, without hidden ones; links are followed once."""
    seen = set[str]()
    for place, inner, _ in os.walk(start, onerror=_reject, followlinks=True):
        inner[:] = sorted(name for name in inner if not name.startswith('.') and name != COPIES)
        real = os.path.realpath(place)
        if real in seen:
            inner.clear()
        else:
            seen.add(real)
            yield Path(place)


def _reject(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise DataError(f'{error.filename} cannot be listed ({error.strerror}); make the folder readable') from error
