"""Images and videos that a command line names by files, folders and patterns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from glob import glob, has_magic
from pathlib import Path

from mtlbench.errors import DataError

IMAGES = (
    *('.avif', '.bmp', '.gif', '.heic', '.jfif', '.jp2', '.jpeg', '.jpg', '.pgm', '.png', '.ppm', '.tif', '.tiff'),
    '.webp',
)
"""Suffixes of the images of a folder. Those that Pillow cannot read here, such as ``.heic``, are reported."""
VIDEOS = ('.avi', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.ogv', '.webm', '.wmv')


def find_sources(named: Sequence[str | Path], apart: Sequence[Path] = ()) -> list[Path]:
    """Return the image and video files that paths, folders and patterns name, each once.

    Files of a folder are sorted; hidden files, subfolders and files of other kinds are skipped.

    Args:
        named: Paths of files and folders, and patterns.
        apart: Folders of outputs, whose files no pattern matches.

    Raises:
        DataError: When one of the names stands for no file.
    """
    found = (path for name in named for path in _files_of(str(name), apart))
    return list({path.resolve(): path for path in reversed([*found])}.values())[::-1]


def is_video(path: Path) -> bool:
    """Return whether a file is a video by the suffix of its name."""
    return path.suffix.lower() in VIDEOS


def _files_of(name: str, apart: Sequence[Path]) -> list[Path]:
    path = Path(name)
    if path.is_file():
        return [path]
    if path.is_dir():
        return _required(_of_known_kind(path.iterdir()), f'no images in {path.absolute()}')
    if has_magic(name):
        matches = map(Path, glob(name, recursive=True))  # noqa: PTH207  Path.glob takes no absolute patterns
        outputs = {folder.resolve() for folder in apart}
        others = (path for path in matches if outputs.isdisjoint(path.resolve().parents))
        return _required(_of_known_kind(others), f'no images match {name}')
    raise DataError(f'there is no image and no folder {path.absolute()}; check the path')


def _of_known_kind(paths: Iterable[Path]) -> list[Path]:
    visible = (path for path in paths if not path.name.startswith('.') and not path.is_dir())  # broken links too
    return sorted(path for path in visible if path.suffix.lower() in IMAGES + VIDEOS)


def _required(found: list[Path], trouble: str) -> list[Path]:
    if not found:
        raise DataError(f'{trouble}; pass image or video files, or a folder with some ({", ".join(IMAGES + VIDEOS)})')
    return found
