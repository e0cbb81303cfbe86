"""Reading and writing of videos."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mtlbench.errors import DataError

# FFmpeg prints its own messages about damaged files; -8 is its level "quiet".
os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')

SUFFIX = '.mp4'
CODEC = 'mp4v'
USUAL_RATE = 25.0
"""Frame rate of a video that does not state its own."""


class VideoReader:
    """Frames of a video file, upright.

    Args:
        path: Path of the file.

    Attributes:
        rate: Frames per second.
        stated: Number of frames that the file states; 0 if it states none.

    Raises:
        DataError: When OpenCV cannot read it, or its path is not valid text.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._capture = cv2.VideoCapture(_text(path))
        if not self._capture.isOpened():
            raise DataError(f'{path} is not a readable video; convert it to MP4')
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate < 1000 else USUAL_RATE
        self.stated = max(int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """Yield the frames (H, W, 3) uint8 RGB.

        Raises:
            DataError: When there is none.
        """
        read, frame = self._capture.read()
        if not read:
            raise DataError(f'{self.path} has no readable frame; convert it to MP4')
        while read:
            yield np.ascontiguousarray(frame[..., ::-1])
            read, frame = self._capture.read()
        self._capture.release()


class VideoWriter:
    """Video file of frames of equal size.

    Args:
        path: Path of the file, which ends in ``.mp4``.
        rate: Frames per second.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self.path, self.rate = path, rate
        self._writer: cv2.VideoWriter | None = None

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Append a frame (H, W, 3) uint8 RGB; an odd side gets another row or column, which the codec needs.

        Raises:
            DataError: When the file cannot be written.
        """
        height, width = frame.shape[:2]
        even = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode='edge')
        if self._writer is None:
            code = cv2.VideoWriter.fourcc(*CODEC)
            self._writer = cv2.VideoWriter(_text(self.path), code, self.rate, even.shape[1::-1])
            if not self._writer.isOpened():
                raise DataError(f'{self.path} cannot be written as a video; use another folder, or OpenCV with FFmpeg')
        self._writer.write(np.ascontiguousarray(even[..., ::-1]))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()


def _text(path: Path) -> str:
    """Return a path as text.

    Raises:
        DataError: When its bytes are not UTF-8, because OpenCV crashes on such a path.
    """
    text = os.fspath(path)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(f'the path {path} is not valid UTF-8, which videos need; rename it') from error
    return text
