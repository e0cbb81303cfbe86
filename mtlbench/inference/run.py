"""Prediction of many image and video files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mtlbench.errors import DataError
from mtlbench.inference.images import read_image
from mtlbench.inference.outputs import Outputs
from mtlbench.inference.predictor import Predictor
from mtlbench.inference.sources import is_video
from mtlbench.inference.videos import VideoReader

LEAST_SHARE = 0.9
"""Smallest share of the stated frames that a whole video has; some formats only estimate their number."""
Item = TypeVar('Item')


class Read(NamedTuple):
    """An image file and its pixels (H, W, 3) uint8 RGB."""

    path: Path
    image: NDArray[np.uint8]


@dataclass
class Tally:
    """Results of a prediction of many files.

    Args:
        images: Number of predicted images, including frames of videos.
        seconds: Time that reading, predicting and writing took.
        unread: Files that could not be read.
    """

    images: int = 0
    seconds: float = 0.0
    unread: list[Path] = field(default_factory=list)


class FilePrediction:
    """Prediction of image and video files. Files that cannot be read are reported and skipped.

    Args:
        predictor: Predictor.
        outputs: Outputs of the predictions.
        batch: Largest number of images of equal size that the network receives at once.
        report: Function that receives the messages about files that cannot be read.
    """

    def __init__(self, predictor: Predictor, outputs: Outputs, batch: int, report: Callable[[str], None]) -> None:
        self.predictor, self.outputs, self.batch, self.report = predictor, outputs, batch, report

    def run(self, sources: Sequence[Path]) -> Tally:
        """Predict all files with a progress bar, images first, and return the results."""
        names, self.tally, start = self.outputs.choose(sources), Tally(), perf_counter()
        with tqdm(total=len(sources), unit='image', disable=None) as self.bar:  # silent in a pipe
            self._images([path for path in sources if not is_video(path)], names)
            for path in filter(is_video, sources):
                with self._reported(path):
                    self._video(path, names[path])
        self.outputs.close()
        self.tally.seconds = perf_counter() - start
        return self.tally

    def _images(self, paths: Sequence[Path], names: Mapping[Path, str]) -> None:
        for several in in_batches(self._read(paths), self.batch, lambda one: one.image.shape):
            predicted = self.predictor.batch([one.image for one in several])
            for (path, image), maps in zip(several, predicted, strict=True):
                self.outputs.write(path, names[path], image, maps)
                self._count()

    def _read(self, paths: Sequence[Path]) -> Iterator[Read]:
        for path in paths:
            with self._reported(path):
                yield Read(path, read_image(path))

    def _video(self, path: Path, name: str) -> None:
        frames, before = VideoReader(path), self.tally.images
        self.bar.total += max(frames.stated - 1, 0)
        with self.outputs.video(path, name, frames.rate) as write:
            for several in in_batches(frames, self.batch, lambda frame: frame.shape):
                for frame, maps in zip(several, self.predictor.batch(several), strict=True):
                    write(frame, maps)
                    self._count()
        found = self.tally.images - before
        if found < LEAST_SHARE * frames.stated:
            raise DataError(f'the rest of {path}, which ends after {found} of {frames.stated} frames; copy it again')

    def _count(self) -> None:
        self.tally.images += 1
        self.bar.update()

    @contextmanager
    def _reported(self, path: Path) -> Iterator[None]:
        try:
            yield
        except DataError as error:
            self.tally.unread.append(path)
            self.bar.clear()
            self.report(f'skipped: {error}')
            self.bar.update()


def in_batches(items: Iterable[Item], most: int, key: Callable[[Item], object]) -> Iterator[list[Item]]:
    """Divide items into lists of at most ``most`` neighbors with the same key."""
    for _, equal in groupby(items, key):
        while several := list(islice(equal, most)):
            yield several
