"""Datasets that are distributed in several packages, of which the one in the folder is read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt, SizeRule
from mtlbench.datasets.listing import PassedOver
from mtlbench.datasets.reader import FrameReader
from mtlbench.errors import ConfigError, DataError


class Package(FrameReader):
    """One of the forms in which a dataset is distributed: paths of the frames, and encoding of images and labels.

    Args:
        root: Folder of the dataset.
        split: Name of the split.
        class_set: Name of the class set, ``''`` for none.
        folders: Paths of the modalities that are not in their usual folders, relative to ``root``.
    """

    title: ClassVar[str]
    """Name of the package in messages."""
    tasks: ClassVar[Sequence[str]]
    """Tasks whose labels it holds, or allows to compute."""
    class_sets: ClassVar[Sequence[str]]
    size_rule: ClassVar[SizeRule | None] = SizeRule.EQUAL
    """Required relation between the size of a label and that of its image; None: that of the dataset."""
    render_command: ClassVar[str | None] = None
    """Command that renders a stand-in into the folder ``{root}``."""

    def __init__(self, root: Path, split: str, class_set: str, folders: Mapping[str, str]) -> None:
        self.root, self.split, self.class_set, self.folders = root, split, class_set, folders
        self.passed_over: list[PassedOver] = []

    @property
    @abstractmethod
    def sign(self) -> Path:
        """Path whose existence reveals the package."""

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3).

        Raises:
            DataError: If the package has no cameras.
        """
        raise DataError(f'{self.root.resolve()}: {self.title} has no cameras; use another package')


class PackagedDataset(MultiTaskDataset):
    """Dataset that is distributed in several packages. The package in ``data_root`` is read.

    Labels that the package does not hold are missing from the samples.
    """

    packages: ClassVar[Sequence[type[Package]]]
    package: Package
    """The package that was found."""

    def list_frames(self) -> list[str]:
        """Choose the package and return the paths of the split's images.

        Raises:
            DataError: If no package is found, or several are.
            ConfigError: If the package does not have the class set.
        """
        self.package = the_package([self.open_package(kind) for kind in self.packages], self.root)
        if self.class_set_name and self.class_set_name not in self.package.class_sets:
            raise ConfigError(
                f"{type(self).__name__}: class_set is '{self.class_set_name}', but {self.package.title} in "
                f'{self.root.resolve()} has {" or ".join(self.package.class_sets)}; use that, or another package'
            )
        self.tasks = tuple(task for task in self.tasks if task in self.package.tasks)
        frames = self.package.list_frames()
        self.passed_over += self.package.passed_over
        return frames

    @property
    def render_commands(self) -> Sequence[str]:
        """Commands that render a stand-in into the folder ``{root}``, one for each package."""
        return [kind.render_command for kind in self.packages if kind.render_command]

    def open_package(self, kind: type[Package]) -> Package:
        """Return a package, which may not exist in the folder."""
        return kind(self.root, self.split, self.class_set_name, self.folders)

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        return self.package.frame_pattern

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return self.package.read_image(frame)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3)."""
        return self.package.read_intrinsics(frame)

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        return self.package.path_of(frame, field)

    def has_camera(self, frame: str) -> bool:
        """Return True if a frame has intrinsics."""
        return self.package.has_camera(frame)

    def doubts(self, frame: str, field: str) -> Iterator[Doubt]:
        """Yield doubts about the content of a field's file."""
        yield from super().doubts(frame, field)
        yield from self.package.doubts(frame, field)

    def size_rule(self, field: str) -> SizeRule:
        """Return the required relation of a field's size to that of the image."""
        return self.package.size_rule or super().size_rule(field)

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the video frame ``offset`` frames later, or None."""
        return self.package.neighbor(frame, offset)

    def official_split(self, frame: str) -> str | None:
        """Return the split of a frame, or None if its name does not reveal it."""
        return self.package.official_split(frame)


def the_package(candidates: Sequence[Package], root: Path) -> Package:
    """Return the package that is in the dataset's folder.

    Raises:
        DataError: If there is none, or more than one.
    """
    found = [package for package in candidates if package.sign.exists()]
    if not found:
        signs = ', or '.join(_described(package, root) for package in candidates)
        raise DataError(f'{root.resolve()} holds no package of the dataset; expected {signs}')
    if len(found) > 1:
        both = ' and '.join(_described(package, root) for package in found)
        raise DataError(f'{root.resolve()} holds {both}; move one of them to a folder of its own')
    return found[0]


def _described(package: Package, root: Path) -> str:
    place = package.sign.relative_to(root) if package.sign.is_relative_to(root) else package.sign
    return f'{place} ({package.title})'
