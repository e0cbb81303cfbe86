"""ScanNet writer: walks through rooms, written as exported scans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.geometry import scale_intrinsics
from mtlbench.world.render import Camera, Light, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.writers.base import DatasetWriter, Shot
from mtlbench.world.writers.files import write_image, write_lines
from mtlbench.world.writers.rooms import INDOORS, numbered_room
from mtlbench.world.writers.scannet_labels import label_table, raw_ids

GENUINE_SHAPE = (480, 640)
GENUINE_INTRINSICS = ((577.87, 0, 319.5), (0, 577.87, 239.5), (0, 0, 1))
SCANS = {
    'train': tuple(f'scene{number:04d}_00' for number in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12)),
    'val': tuple(f'scene{number:04d}_00' for number in (11, 15, 19, 25, 30, 46)),
}
"""Scans of the official splits: two of each kind of room for training, one for validation."""
STEP = 10
"""Stride of the rendered frames, at 30 frames per second."""
LABELS = 'scannetv2-labels.combined.tsv'


@dataclass(frozen=True)
class ScanNetWriter(DatasetWriter):
    """ScanNet: twelve scans for training and six for validation, each a walk through its own room.

    Args:
        frames: Number of frames over all scans, distributed evenly; frame numbers are multiples of :data:`STEP`.
        size: Size (width, height) of color and depth in pixels.
        seed: Seed of all random choices.
    """

    name: ClassVar[str] = 'scannet'
    version: ClassVar[int] = 1

    frames: int = 252
    size: tuple[int, int] = (192, 144)

    @property
    def fewest_frames(self) -> int:
        """Smallest number of frames: four per scan.

        Readers take every twentieth frame, so the third of four frames is the first with neighbors on both sides.
        """
        return 4 * sum(map(len, SCANS.values()))

    @property
    def scan_frames(self) -> dict[str, int]:
        """Number of frames of each scan."""
        scans = [scan for split in SCANS.values() for scan in split]
        bounds = np.linspace(0, self.frames, len(scans) + 1).astype(int)
        return dict(zip(scans, np.diff(bounds).tolist(), strict=True))

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """Intrinsics (3, 3) similar to the original ones, scaled to the size of the images."""
        return scale_intrinsics(np.array(GENUINE_INTRINSICS), GENUINE_SHAPE, self.size[::-1])

    @property
    def settings(self) -> dict[str, Any]:
        """Content of ``RENDERED.json``."""
        return {**super().settings, 'scan_frames': self.scan_frames}

    def shots(self) -> list[Shot]:
        """Return every frame of every scan."""
        return [
            Shot(scan, STEP * number, f'{scan}/{STEP * number}')
            for scan, count in self.scan_frames.items()
            for number in range(count)
        ]

    def build_scene(self, name: str) -> Scene:
        """Build a room and a walk through it."""
        counts = self.scan_frames
        return numbered_room(list(counts).index(name), name, STEP * counts[name], self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """Return the camera on its walk."""
        return Camera(self.intrinsics, scene.camera(shot.frame), self.size)

    def light(self, shot: Shot) -> Light:
        """Return the indoor light."""
        return INDOORS

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the paths of image, depth, raw labels and pose."""
        kinds = (('color', 'jpg'), ('depth', 'png'), ('label-filt', 'png'), ('pose', 'txt'))
        return [root / 'scans' / shot.scene / kind / f'{shot.frame}.{end}' for kind, end in kinds]

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image, depth (millimeters, 0 = none), raw ids and the pose (camera to world)."""
        rgb, depth, labels, pose = self.paths(root, shot)
        write_image(rgb, rendering.rgb)
        meters = np.where(np.isfinite(rendering.depth), rendering.depth, 0)
        write_image(depth, np.rint(meters * 1000).clip(0, 65535).astype(np.uint16))
        write_image(labels, raw_ids(rendering))
        write_lines(pose, _matrix(rendering.camera.pose))

    def write_tables(self, root: Path) -> None:
        """Write the intrinsics of each scan, the lists of the splits, and the table of raw labels."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.intrinsics
        for scan in self.scan_frames:
            for kind in ('color', 'depth'):
                write_lines(root / 'scans' / scan / 'intrinsic' / f'intrinsic_{kind}.txt', _matrix(matrix))
        for split, scans in SCANS.items():
            write_lines(root / f'scannetv2_{split}.txt', list(scans))
        write_lines(root / LABELS, label_table())


def _matrix(matrix: NDArray[np.float64]) -> list[str]:
    return [' '.join(f'{value:.6f}' for value in row) for row in matrix]
