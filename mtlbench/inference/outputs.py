"""Files of predictions: panels, overlays, maps and arrays."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtlbench.errors import DataError
from mtlbench.inference.formats import MapFormat, format_of
from mtlbench.inference.ledger import Ledger, names
from mtlbench.inference.predictor import Maps, Predictor
from mtlbench.inference.sources import is_video
from mtlbench.inference.videos import SUFFIX, VideoWriter
from mtlbench.tasks import Task
from mtlbench.utils.output import clear_half_written, encoded_image, hidden_folder, writable_folder


class Shown(NamedTuple):
    """An image (H, W, 3) uint8 RGB, its predictions, and the name of its file; ``moving`` if it is from a video."""

    image: NDArray[np.uint8]
    maps: Maps
    name: str
    moving: bool


class Drawing(NamedTuple):
    """Output for people: images by folder. Those of a video become a video.

    Args:
        suffix: Suffix of the image files.
        by_task: Whether there is an image for each task, in a folder of its name.
        draw: Function that draws the images.
    """

    suffix: str
    by_task: bool
    draw: Callable[[Predictor, Shown], dict[str, NDArray[np.uint8]]]


def _panel(predictor: Predictor, shown: Shown) -> dict[str, NDArray[np.uint8]]:
    return {'': predictor.draw(shown.image, shown.maps, shown.name, occurring=not shown.moving)}


def _overlays(predictor: Predictor, shown: Shown) -> dict[str, NDArray[np.uint8]]:
    return predictor.overlay(shown.image, shown.maps)


DRAWINGS: Mapping[str, Drawing] = {
    'panels': Drawing('.png', False, _panel),
    'overlays': Drawing('.jpg', True, _overlays),
}
STORAGES: Mapping[str, Callable[[Task], MapFormat]] = {'maps': format_of, 'arrays': lambda _: MapFormat()}
"""Outputs for programs: a file for each task, in this format. Those of a video become a folder of numbered files."""
OUTPUTS = (*DRAWINGS, *STORAGES)


class Outputs:
    """Files of the predictions in a folder: ``<output>/<task>/<name of the image>.<suffix>``, panels without task.

    Maps and arrays are described by ``maps/maps.json`` and ``arrays/arrays.json``.

    Args:
        predictor: Predictor that draws the predictions.
        folder: Folder, which is created if it is missing.
        wanted: Outputs, of ``OUTPUTS``.

    Attributes:
        clipped: Number of pixels by task whose values the files of the maps cannot hold.

    Raises:
        DataError: When the folder cannot be written to, or has maps of another network.
    """

    def __init__(self, predictor: Predictor, folder: Path, wanted: Sequence[str]) -> None:
        self.predictor, self.folder, self.wanted = predictor, folder, wanted
        self.drawings = {name: form for name, form in DRAWINGS.items() if name in wanted}
        self.storages = {name: form for name, form in STORAGES.items() if name in wanted}
        for path in [folder, *{path.parent: path.parent for path in self._paths('any', video=False)}]:
            writable_folder(path)
            for inside in filter(Path.is_dir, path.iterdir()):
                clear_half_written(inside)
        self.ledger = Ledger(self.folder)
        self.clipped: Counter[str] = Counter()
        for name in self.storages:
            self._describe(name)

    def choose(self, sources: Sequence[Path]) -> dict[Path, str]:
        """Choose a name for the outputs of each source, such that no file of other origin is overwritten."""
        stems = Counter(source.stem for source in sources)
        chosen: dict[Path, str] = {}
        taken: set[str] = set()
        for source in sources:
            free = (name for name in names(source, stems[source.stem] > 1) if name not in taken)
            chosen[source] = next(name for name in free if self._may_have(name, source))
            taken.add(chosen[source])
        return chosen

    def write(self, source: Path, name: str, image: NDArray[np.uint8], maps: Maps) -> None:
        """Write the outputs of an image."""
        shown = Shown(image, maps, _caption(source), moving=False)
        for output, form in self.drawings.items():
            for part, drawn in form.draw(self.predictor, shown).items():
                path = self.folder / output / part / f'{name}{form.suffix}'
                self.ledger.write(path, _source(source), encoded_image(form.suffix, drawn))
        self._store(source, name, maps)

    @contextmanager
    def video(self, source: Path, name: str, rate: float) -> Iterator[Callable[[NDArray[np.uint8], Maps], None]]:
        """Provide a function that writes the next frame of a video; panels and overlays appear when all frames
        are written, maps and arrays frame by frame.

        Args:
            source: Path of the video.
            name: Name of its outputs.
            rate: Frames per second.
        """
        writers: dict[Path, VideoWriter] = {}
        count = 0
        with hidden_folder(self.folder / name) as hidden:

            def write(image: NDArray[np.uint8], maps: Maps) -> None:
                nonlocal count
                count += 1
                for path, drawn in self._drawn(Shown(image, maps, _caption(source), moving=True), name):
                    if path not in writers:
                        writers[path] = VideoWriter(hidden / f'{len(writers)}{SUFFIX}', rate)
                    writers[path].write(drawn)
                self._store(source, f'{name}/{count:06d}', maps)

            try:
                yield write
            finally:
                for writer in writers.values():
                    writer.close()
            for path, writer in writers.items():
                self.ledger.adopt(path, _source(source), writer.path)
        self._remove_frames(name, count)

    def close(self) -> None:
        """Finish the record of the files."""
        self.ledger.close()

    def _drawn(self, shown: Shown, name: str) -> Iterator[tuple[Path, NDArray[np.uint8]]]:
        for output, form in self.drawings.items():
            for part, drawn in form.draw(self.predictor, shown).items():
                yield self.folder / output / part / f'{name}{SUFFIX}', drawn

    def _store(self, source: Path, name: str, maps: Maps) -> None:
        for output, form_of in self.storages.items():
            for part, values in maps.items():
                task = self.predictor.tasks[part]
                form = form_of(task)
                path = self.folder / output / part / f'{name}{form.suffix}'
                self.ledger.write(path, _source(source), form.encode(values, task))
                self.clipped[part] += form.clipped(values)

    def _remove_frames(self, name: str, count: int) -> None:
        """Delete the frames after ``count``, which the video had when it was predicted before; see :meth:`choose`."""
        for output in self.storages:
            for part in self.predictor.tasks:
                for path in (self.folder / output / part / name).iterdir():
                    if int(path.stem) > count:
                        path.unlink()

    def _may_have(self, name: str, source: Path) -> bool:
        return all(self.ledger.may_write(path, _source(source)) for path in self._paths(name, is_video(source)))

    def _paths(self, name: str, video: bool) -> Iterator[Path]:
        """Yield the files, or for the stored frames of a video the folders, of a name."""
        for output, drawing in self.drawings.items():
            for part in self.predictor.tasks if drawing.by_task else ['']:
                yield self.folder / output / part / f'{name}{SUFFIX if video else drawing.suffix}'
        for output, form_of in self.storages.items():
            for part, task in self.predictor.tasks.items():
                yield self.folder / output / part / (name if video else f'{name}{form_of(task).suffix}')

    def _describe(self, output: str) -> None:
        form_of = self.storages[output]
        described = {name: form_of(task).describe(task) for name, task in self.predictor.tasks.items()}
        content = (json.dumps(described, indent=2) + '\n').encode()
        path = self.folder / output / f'{output}.json'
        if path.is_symlink() or (path.exists() and path.read_bytes() != content):
            raise DataError(f'{path} describes files of another network; use another folder, or delete {path.parent}')
        self.ledger.write(path, output, content)


def _source(path: Path) -> str:
    return str(path.resolve())


def _caption(path: Path) -> str:
    """Return the name of a file, even if its bytes are not valid text."""
    return path.name.encode(errors='backslashreplace').decode()
