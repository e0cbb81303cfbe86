"""KITTI Stereo 2015 with its semantic labels: independent images and the frames after them."""

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
"""Numbers of the labeled frame and of the one after it."""


@dataclass(frozen=True)
class KITTIStereoWriter(DatasetWriter):
    """KITTI Stereo 2015: its training images, with disparity and Cityscapes label ids.

    Args:
        frames: Labeled ones; each comes with the frame a tenth of a second later.
        size: (width, height) in pixels.
        seed: Of everything that is drawn.
    """

    name: ClassVar[str] = 'kitti_stereo'
    version: ClassVar[int] = 1

    frames: int = 40
    size: tuple[int, int] = (320, 96)

    def shots(self) -> list[Shot]:
        """Two successive frames of every place."""
        return [
            Shot(place.scene, place.frame + number - LABELED, f'{place.stem}_{number}')
            for place in scattered([f'{number:06d}' for number in range(self.frames)], 'stereo')
            for number in (LABELED, LATER)
        ]

    def build_scene(self, name: str) -> Scene:
        """A street."""
        return build_street_scene('kitti', name, STREET_FRAMES, self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """The left colored camera of one of the days."""
        return kitti.camera(_date(_number(shot)), kitti.LEFT, scene.camera(shot.frame), self.size)

    def light(self, shot: Shot) -> Light:
        """One light a street."""
        return street_light('kitti', shot.scene, self.seed)

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Where the image goes, and disparity and labels where it has any."""
        kinds = ('image_2', 'disp_occ_0', 'semantic') if shot.stem.endswith(f'_{LABELED}') else ('image_2',)
        return [root / 'training' / kind / f'{shot.stem}.png' for kind in kinds]

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image, its disparity (1/256 pixel, 0 = none) and its label ids."""
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
    """Disparity (H, W) between the colored cameras, in 1/256 pixel; 0 for the sky."""
    baseline = kitti.CAMERA_PLACES[kitti.RIGHT] - kitti.CAMERA_PLACES[kitti.LEFT]
    return np.rint(256 * baseline * rendering.camera.intrinsics[0, 0] / rendering.depth.astype(float)).astype(np.uint16)


def _number(shot: Shot) -> int:
    return int(shot.stem.split('_')[0])


def _date(number: int) -> str:
    dates = tuple(kitti.GENUINE_CAMERAS)
    return dates[number % len(dates)]
