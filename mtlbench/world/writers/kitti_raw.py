"""KITTI raw data writer: drives of the left color camera with annotated depth, in its layout."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.kitti_raw import ANNOTATED, DEPTH_UNIT
from mtlbench.world.render import Camera, Light, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.scene.catalog import build_street_scene
from mtlbench.world.writers import kitti_calibration as kitti
from mtlbench.world.writers.base import DatasetWriter, Shot
from mtlbench.world.writers.files import write_image, write_lines
from mtlbench.world.writers.weather import street_light

DRIVES = (
    '2011_09_26_drive_0001', '2011_09_26_drive_0020', '2011_09_28_drive_0001', '2011_09_29_drive_0026',
    '2011_09_30_drive_0016', '2011_10_03_drive_0042',
)  # fmt: skip
"""Some of the drives of the KITTI split."""
EIGEN_TEST = '2011_09_26_drive_0020'
"""Drive that the list of Eigen tests on; the list of Zhou trains on the others."""
ANNOTATED_VAL = ('2011_09_26_drive_0020', '2011_09_29_drive_0026', '2011_09_30_drive_0016')
"""Drives in the validation part of the annotated depth."""
LASER_REACH_M, LASER_TOP_DEG = 85.0, 2.0
"""Range of the laser scanner, and its upper limit of elevation."""
LASER_SHARE = 0.35
"""Share of the pixels in its field of view that have annotated depth."""


@dataclass(frozen=True)
class KITTIRawWriter(DatasetWriter):
    """KITTI raw data: at least one drive from each of the five days, annotated depth, and lists of frames.

    As in the original, the first and last frames of a drive have no annotated depth.

    Args:
        frames: Number of frames over all drives, distributed evenly.
        size: Size (width, height) of the images in pixels.
        seed: Seed of all random choices.
    """

    name: ClassVar[str] = 'kitti_raw'
    version: ClassVar[int] = 2

    frames: int = 120
    size: tuple[int, int] = (320, 96)

    @property
    def fewest_frames(self) -> int:
        """Smallest number of frames: three per drive, so that one has both neighbors."""
        return 3 * len(DRIVES)

    @property
    def drive_frames(self) -> dict[str, int]:
        """Number of frames of each drive."""
        bounds = np.linspace(0, self.frames, len(DRIVES) + 1).astype(int)
        return dict(zip(DRIVES, np.diff(bounds).tolist(), strict=True))

    def shots(self) -> list[Shot]:
        """Return every frame of every drive."""
        return [
            Shot(drive, frame, f'{drive}/{frame}')
            for drive, count in self.drive_frames.items()
            for frame in range(count)
        ]

    def build_scene(self, name: str) -> Scene:
        """Build the street of a drive."""
        return build_street_scene('kitti', name, self.drive_frames[name], self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """Return the left color camera of the day."""
        return kitti.camera(_date(shot.scene), kitti.LEFT, scene.camera(shot.frame), self.size)

    def light(self, shot: Shot) -> Light:
        """Return the light of the shot's street."""
        return street_light('kitti', shot.scene, self.seed)

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the path of the image and, for a frame with both neighbors, that of its annotated depth."""
        camera, name = f'image_{kitti.LEFT:02d}', f'{shot.frame:010d}.png'
        image = root / _date(shot.scene) / f'{shot.scene}_sync' / camera / 'data' / name
        if not self._has_both_neighbors(shot):
            return [image]
        part = 'val' if shot.scene in ANNOTATED_VAL else 'train'
        return [image, root / ANNOTATED / part / f'{shot.scene}_sync' / 'proj_depth' / 'groundtruth' / camera / name]

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image, and the annotated depth (1/256 m, 0 = none)."""
        image, *depth = self.paths(root, shot)
        write_image(image, rendering.rgb)
        for path in depth:
            write_image(path, annotated_depth(rendering, seed=[self.seed, zlib.crc32(shot.stem.encode())]))

    def write_tables(self, root: Path) -> None:
        """Write the calibration of every day, and lists of frames in place of those of Eigen and Zhou."""
        for date in {_date(drive) for drive in DRIVES}:
            write_lines(root / date / 'calib_cam_to_cam.txt', kitti.calibration(date, self.size))
        inner = {drive: range(1, count - 1) for drive, count in self.drive_frames.items()}
        *train, val = (drive for drive in DRIVES if drive != EIGEN_TEST)
        for name, drives in (
            ('eigen/test_files.txt', [EIGEN_TEST]),
            ('eigen_zhou/train_files.txt', train),
            ('eigen_zhou/val_files.txt', [val]),
        ):
            lines = [f'{_date(drive)}/{drive}_sync {frame:010d} l' for drive in drives for frame in inner[drive]]
            write_lines(root / 'splits' / name, lines)

    def _has_both_neighbors(self, shot: Shot) -> bool:
        return 0 < shot.frame < self.drive_frames[shot.scene] - 1


def annotated_depth(rendering: Rendering, seed: list[int]) -> NDArray[np.uint16]:
    """Return the depth (H, W) in 1/256 m at random pixels that a laser scanner reaches, 0 elsewhere."""
    focal, center = rendering.camera.intrinsics[1, 1], rendering.camera.intrinsics[1, 2]
    height, width = rendering.depth.shape
    elevation = np.degrees(np.arctan((center - np.arange(height)) / focal))[:, None]
    chosen = np.random.default_rng(seed).random((height, width)) < LASER_SHARE
    chosen &= (elevation < LASER_TOP_DEG) & (rendering.depth < LASER_REACH_M)
    return np.where(chosen, np.rint(np.where(chosen, rendering.depth, 0) / DEPTH_UNIT), 0).astype(np.uint16)


def _date(drive: str) -> str:
    return drive[: len('2011_09_26')]
