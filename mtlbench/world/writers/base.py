"""Base class of writers, which define the images of a rendered dataset and their files."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from mtlbench.errors import ConfigError
from mtlbench.utils.parallel import run_all
from mtlbench.world.render import Camera, Light, Renderer, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.writers.files import claim_folder, finish_folder, sweep_folder

BATCH = 16
SMALLEST = 16


@dataclass(frozen=True)
class Shot:
    """Request for one image.

    Args:
        scene: Name of the scene.
        frame: Number of the frame, which determines the positions of the camera and the moving objects.
        stem: Unique key of the image within the dataset, such as its path without suffix.
        view: Viewpoint or light, for datasets that show a frame in several ways.
    """

    scene: str
    frame: int
    stem: str
    view: str = ''


@dataclass(frozen=True)
class DatasetWriter(ABC):
    """Rendered stand-in for a dataset, in the files and encodings of the real one.

    An instance is a complete request: equal requests produce equal files.

    Args:
        frames: Number of frames; each writer defines what counts as a frame.
        size: Size (width, height) of the images in pixels.
        seed: Seed of all random choices.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    """Version of the generator, increased whenever equal requests produce other files than before."""

    frames: int
    size: tuple[int, int]
    seed: int = 0

    def __post_init__(self) -> None:
        if self.frames < self.fewest_frames:
            raise ConfigError(f'frames: expected at least {self.fewest_frames} for {self.name}, got {self.frames}')
        if min(self.size) < SMALLEST:
            raise ConfigError(
                f'size: expected at least {SMALLEST}x{SMALLEST} pixels, got {self.size[0]}x{self.size[1]}'
            )

    @property
    def fewest_frames(self) -> int:
        """Smallest number of frames that makes a usable dataset."""
        return 1

    @property
    def settings(self) -> dict[str, Any]:
        """Content of ``RENDERED.json``: everything needed to render the same files again."""
        return {'rendered': True, 'dataset': self.name, 'generator_version': self.version, **asdict(self)}

    @abstractmethod
    def shots(self) -> Sequence[Shot]:
        """Return all images, grouped by scene."""

    @abstractmethod
    def build_scene(self, name: str) -> Scene:
        """Build the scene of that name."""

    @abstractmethod
    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """Return the camera of an image."""

    def light(self, shot: Shot) -> Light:
        """Return the weather and time of day of an image."""
        return Light()

    @abstractmethod
    def paths(self, root: Path, shot: Shot) -> Sequence[Path]:
        """Return the files of an image: the image first, then its labels."""

    @abstractmethod
    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the files of :meth:`paths` in the dataset's encodings."""

    def write_tables(self, root: Path) -> None:  # noqa: B027  optional
        """Write the files that belong to no single image, such as lists and cameras."""


@dataclass(frozen=True)
class ShotGroup:
    """Images of one scene that one process renders at a time."""

    writer: DatasetWriter
    root: Path
    shots: tuple[Shot, ...]

    def __call__(self) -> int:
        """Render the missing images and return the number of images in the batch."""
        for shot in self.shots:
            if not all(path.is_file() for path in self.writer.paths(self.root, shot)):
                self.writer.write(self.root, shot, render_shot(self.writer, shot))
        return len(self.shots)


def render_shot(writer: DatasetWriter, shot: Shot) -> Rendering:
    """Render one image with its ground truth, independent of other images."""
    renderer = _renderer(writer, shot.scene)
    rng = np.random.default_rng([writer.seed, zlib.crc32(shot.stem.encode())])
    return renderer.render(writer.camera(renderer.scene, shot), shot.frame, writer.light(shot), rng)


def render_world(writer: DatasetWriter, root: Path, jobs: int = 1) -> bool:
    """Render into a folder. An interrupted rendering resumes where it stopped.

    Args:
        writer: Request to render.
        root: New or empty folder, or a folder with the same rendering.
        jobs: Number of processes; the files do not depend on it.

    Returns:
        False if the folder already holds the finished rendering.

    Raises:
        DataError: If the folder holds anything else.
        MissingExtraError: If the ray caster is not installed.
    """
    if not claim_folder(root, writer.settings):
        return False
    shots = writer.shots()
    try:
        run_all(list(_batches(writer, root, shots)), jobs, len(shots), 'rendering')
    except BaseException:
        sweep_folder(root, writer.settings)
        raise
    writer.write_tables(root)
    finish_folder(root, writer.settings)
    return True


def _batches(writer: DatasetWriter, root: Path, shots: Sequence[Shot]) -> Iterator[ShotGroup]:
    for _, group in groupby(shots, key=lambda shot: shot.scene):
        together = tuple(group)
        for start in range(0, len(together), BATCH):
            yield ShotGroup(writer, root, together[start : start + BATCH])


@lru_cache(maxsize=1)
def _renderer(writer: DatasetWriter, scene: str) -> Renderer:
    return Renderer(writer.build_scene(scene))
