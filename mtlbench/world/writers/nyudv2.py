"""NYUDv2 writer, in the form of the multi-task package: images, 40 classes, depth, normals and edges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.nyudv2 import CAMERA_SHAPE, INTRINSICS
from mtlbench.geometry import scale_intrinsics
from mtlbench.world.render import Camera, Light, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.writers.base import DatasetWriter, Shot
from mtlbench.world.writers.files import write_array, write_image, write_lines
from mtlbench.world.writers.rooms import INDOORS, boundaries, numbered_room, nyu40_ids


@dataclass(frozen=True)
class NYUDv2Writer(DatasetWriter):
    """NYUDv2: one image per room, and no room in both splits.

    Args:
        frames: Number of frames over both splits; one in five is for validation.
        size: Size (width, height) of the images in pixels.
        seed: Seed of all random choices.
    """

    name: ClassVar[str] = 'nyudv2'
    version: ClassVar[int] = 1

    frames: int = 200
    size: tuple[int, int] = (192, 144)

    @property
    def fewest_frames(self) -> int:
        """Smallest number of frames: one per split."""
        return 2

    @property
    def split_stems(self) -> dict[str, list[str]]:
        """Stems of each split."""
        stems = [f'{number:04d}' for number in range(1, self.frames + 1)]
        few = max(1, self.frames // 5)
        return {'train': stems[:-few], 'val': stems[-few:]}

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """Original intrinsics (3, 3), scaled to the size of the images."""
        return scale_intrinsics(np.array(INTRINSICS), CAMERA_SHAPE, self.size[::-1])

    def shots(self) -> list[Shot]:
        """Return one image per room."""
        return [Shot(stem, 0, stem) for stems in self.split_stems.values() for stem in stems]

    def build_scene(self, name: str) -> Scene:
        """Build a room."""
        return numbered_room(int(name), name, 1, self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """Return a handheld camera."""
        return Camera(self.intrinsics, scene.camera(shot.frame), self.size)

    def light(self, shot: Shot) -> Light:
        """Return the indoor light."""
        return INDOORS

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the paths of image, classes, depth, normals and edges."""
        kinds = (('images', 'png'), ('segmentation', 'png'), ('depth', 'npy'), ('normals', 'png'), ('edge', 'png'))
        return [root / kind / f'{shot.stem}.{end}' for kind, end in kinds]

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image, class ids (0 = none), depth (m), normals ((n + 1) / 2 * 255) and edges (0 or 255)."""
        rgb, classes, depth, normals, edge = self.paths(root, shot)
        write_image(rgb, rendering.rgb)
        write_image(classes, nyu40_ids(rendering))
        write_array(depth, np.where(np.isfinite(rendering.depth), rendering.depth, np.float32(0)))
        towards_camera = rendering.camera_normals * np.array((1, 1, -1), np.float32)
        write_image(normals, np.rint((towards_camera + 1) / 2 * 255).astype(np.uint8))
        write_image(edge, boundaries(rendering.instance).astype(np.uint8) * 255)

    def write_tables(self, root: Path) -> None:
        """Write the lists of the splits."""
        for split, stems in self.split_stems.items():
            write_lines(root / 'gt_sets' / f'{split}.txt', stems)
