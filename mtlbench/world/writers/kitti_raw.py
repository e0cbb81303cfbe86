"""KITTI raw data writer: drives of the left color camera, in its layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

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


@dataclass(frozen=True)
class KITTIRawWriter(DatasetWriter):
    """KITTI raw data: images only, with at least one drive from each of the five days.

    Args:
        frames: Number of frames over all drives, distributed evenly.
        size: Size (width, height) of the images in pixels.
        seed: Seed of all random choices.
    """

    name: ClassVar[str] = 'kitti_raw'
    version: ClassVar[int] = 1

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
        """Return the path of the image."""
        folder = root / _date(shot.scene) / f'{shot.scene}_sync' / f'image_{kitti.LEFT:02d}' / 'data'
        return [folder / f'{shot.frame:010d}.png']

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image."""
        write_image(self.paths(root, shot)[0], rendering.rgb)

    def write_tables(self, root: Path) -> None:
        """Write the calibration of every day."""
        for date in {_date(drive) for drive in DRIVES}:
            write_lines(root / date / 'calib_cam_to_cam.txt', kitti.calibration(date, self.size))


def _date(drive: str) -> str:
    return drive[: len('2011_09_26')]
