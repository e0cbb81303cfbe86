"""KITTI Stereo 2015 writer, with semantic labels: independent images, each with its next frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.world.render import Camera, Light, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.scene.catalog import build_street_scene
from mtlbench.world.writers import kitti_calibration as kitti
from mtlbench.world.writers.base import DatasetWriter, Shot
from mtlbench.world.writers.files import write_image, write_lines
from mtlbench.world.writers.places import STREET_FRAMES, scattered
from mtlbench.world.writers.street_labels import CITYSCAPES_LABELS, coded
from mtlbench.world.writers.weather import street_light

LABELED, LATER = 10, 11
"""Numbers of the labeled frame and of its next frame."""


@dataclass(frozen=True)
class KITTIStereoWriter(DatasetWriter):
    """KITTI Stereo 2015: its training images, with disparity and Cityscapes label ids.

    Args:
        frames: Number of labeled frames; each comes with the frame a tenth of a second later.
        size: Size (width, height) of the images in pixels.
        seed: Seed of all random choices.
    """

    name: ClassVar[str] = 'kitti_stereo'
    version: ClassVar[int] = 1

    frames: int = 40
    size: tuple[int, int] = (320, 96)

    def shots(self) -> list[Shot]:
        """Return two successive frames of every place."""
        return [
            Shot(place.scene, place.frame + number - LABELED, f'{place.stem}_{number}')
            for place in scattered([f'{number:06d}' for number in range(self.frames)], 'stereo')
            for number in (LABELED, LATER)
        ]

    def build_scene(self, name: str) -> Scene:
        """Build a street."""
        return build_street_scene('kitti', name, STREET_FRAMES, self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """Return the left color camera of one of the recording days."""
        return kitti.camera(_date(_number(shot)), kitti.LEFT, scene.camera(shot.frame), self.size)

    def light(self, shot: Shot) -> Light:
        """Return the light of the shot's street."""
        return street_light('kitti', shot.scene, self.seed)

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the path of the image and, for a labeled frame, those of disparity and labels."""
        kinds = ('image_2', 'disp_occ_0', 'semantic') if shot.stem.endswith(f'_{LABELED}') else ('image_2',)
        return [root / 'training' / kind / f'{shot.stem}.png' for kind in kinds]

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image, and the disparity (1/256 pixel, 0 = none) and label ids of a labeled frame."""
        image, *labels = self.paths(root, shot)
        write_image(image, rendering.rgb)
        if labels:
            disparities, classes = labels
            write_image(disparities, disparity(rendering))
            write_image(classes, coded(rendering, CITYSCAPES_LABELS))

    def write_tables(self, root: Path) -> None:
        """Write the calibration of every image."""
        for number in range(self.frames):
            path = root / 'training' / 'calib_cam_to_cam' / f'{number:06d}.txt'
            write_lines(path, kitti.calibration(_date(number), self.size))


def disparity(rendering: Rendering) -> NDArray[np.uint16]:
    """Return the disparity (H, W) between the color cameras, in 1/256 pixel; 0 for the sky."""
    baseline = kitti.CAMERA_PLACES[kitti.RIGHT] - kitti.CAMERA_PLACES[kitti.LEFT]
    return np.rint(256 * baseline * rendering.camera.intrinsics[0, 0] / rendering.depth.astype(float)).astype(np.uint16)


def _number(shot: Shot) -> int:
    return int(shot.stem.split('_')[0])


def _date(number: int) -> str:
    dates = tuple(kitti.GENUINE_CAMERAS)
    return dates[number % len(dates)]
