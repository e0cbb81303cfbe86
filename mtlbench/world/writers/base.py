"""The contract of a writer: which images a dataset has, and how they lie on disk."""

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
    """One image to take.

    Args:
        scene: Name of the scene.
        frame: Frame of the scene: where its camera and its moving things are.
        stem: What tells this image from all others of the dataset, such as its path without the suffix.
        view: From where or under which light, for datasets that show a frame in several ways.
    """

    scene: str
    frame: int
    stem: str
    view: str = ''


@dataclass(frozen=True)
class DatasetWriter(ABC):
    """A rendered stand-in for a dataset: what to render, and how to write it as the dataset would.

    An instance is a complete request; the same request gives the same files.

    Args:
        frames: How many frames; what a frame is, the writer says.
        size: (width, height) of the images in pixels.
        seed: Of everything that is drawn.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    """Grows whenever the same request gives other files."""

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
        """The fewest frames that make a usable dataset."""
        return 1

    @property
    def settings(self) -> dict[str, Any]:
        """What ``RENDERED.json`` says: enough to render the same again."""
        return {'rendered': True, 'dataset': self.name, 'generator_version': self.version, **asdict(self)}

    @abstractmethod
    def shots(self) -> Sequence[Shot]:
        """All images; those of one scene stand together."""

    @abstractmethod
    def build_scene(self, name: str) -> Scene:
        """A scene by name."""

    @abstractmethod
    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """From where an image is taken."""

    def light(self, shot: Shot) -> Light:
        """Weather and time of day of an image."""
        return Light()

    @abstractmethod
    def paths(self, root: Path, shot: Shot) -> Sequence[Path]:
        """The files of an image: the image first, then its labels."""

    @abstractmethod
    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the files of :meth:`paths`, in the dataset's encodings."""

    def write_tables(self, root: Path) -> None:  # noqa: B027  not every dataset has any
        """Write what belongs to no single image, such as lists and cameras."""


@dataclass(frozen=True)
class Batch:
    """Some images of one scene: what one process renders at a time."""

    writer: DatasetWriter
    root: Path
    shots: tuple[Shot, ...]

    def __call__(self) -> int:
        """Render what is not there yet; returns how many images that settles."""
        for shot in self.shots:
            if not all(path.is_file() for path in self.writer.paths(self.root, shot)):
                self.writer.write(self.root, shot, render_shot(self.writer, shot))
        return len(self.shots)


def render_shot(writer: DatasetWriter, shot: Shot) -> Rendering:
    """One image of a request and the truth about it; it does not depend on what else is rendered."""
    renderer = _renderer(writer, shot.scene)
    rng = np.random.default_rng([writer.seed, zlib.crc32(shot.stem.encode())])
    return renderer.render(writer.camera(renderer.scene, shot), shot.frame, writer.light(shot), rng)


def render_world(writer: DatasetWriter, root: Path, jobs: int = 1) -> bool:
    """Render into a folder; an interrupted rendering goes on where it stopped.

    Args:
        writer: What to render, and in whose layout.
        root: A new or empty folder, or one with the same rendering.
        jobs: Processes; the files do not depend on it.

    Returns:
        False when all was there already.

    Raises:
        DataError: When the folder holds something else.
        MissingExtraError: When the ray caster is not installed.
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


def _batches(writer: DatasetWriter, root: Path, shots: Sequence[Shot]) -> Iterator[Batch]:
    for _, group in groupby(shots, key=lambda shot: shot.scene):
        together = tuple(group)
        for start in range(0, len(together), BATCH):
            yield Batch(writer, root, together[start : start + BATCH])


@lru_cache(maxsize=1)
def _renderer(writer: DatasetWriter, scene: str) -> Renderer:
    return Renderer(writer.build_scene(scene))
