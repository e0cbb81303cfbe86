"""Synscapes writer: independent images with Cityscapes labels and floating-point depth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.synscapes import CAMERA_SHAPE, INTRINSICS, SPLITS
from mtlbench.geometry import scale_intrinsics
from mtlbench.world.render import Camera, Light, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.scene.catalog import build_street_scene
from mtlbench.world.scene.street import EYE
from mtlbench.world.writers.base import DatasetWriter, Shot
from mtlbench.world.writers.files import write_exr, write_image, write_whole
from mtlbench.world.writers.places import STREET_FRAMES, scattered
from mtlbench.world.writers.street_labels import CITYSCAPES_LABELS, coded, numbered
from mtlbench.world.writers.weather import street_light

MOUNTING = {'pitch': 0.038, 'roll': 0.0, 'x': 1.7, 'y': 0.1, 'yaw': -0.0195, 'z': 1.22}
"""Pose of the camera in the vehicle's frame (x forward, y left, z up), in meters and radians."""
SKY = 8800.0
"""Depth of the sky, in meters."""


@dataclass(frozen=True)
class SynscapesWriter(DatasetWriter):
    """Synscapes: a few images of each split, with numbers that belong to it.

    Args:
        frames: Number of frames over the three splits; one in fourteen is for validation, and one for testing.
        size: Size (width, height) of the images in pixels.
        seed: Seed of all random choices.
    """

    name: ClassVar[str] = 'synscapes'
    version: ClassVar[int] = 1

    frames: int = 140
    size: tuple[int, int] = (360, 180)

    @property
    def fewest_frames(self) -> int:
        """Smallest number of frames: one per split."""
        return len(SPLITS)

    @property
    def split_frames(self) -> dict[str, int]:
        """Number of frames of each split."""
        few = max(1, self.frames // 14)
        return {'train': self.frames - 2 * few, 'val': few, 'test': few}

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """Original intrinsics (3, 3), scaled to the size of the images."""
        return scale_intrinsics(np.array(INTRINSICS), CAMERA_SHAPE, self.size[::-1])

    def shots(self) -> list[Shot]:
        """Return the images of all splits; no street belongs to two splits."""
        return [
            shot
            for split, count in self.split_frames.items()
            for shot in scattered([str(number) for number in SPLITS[split][:count]], split)
        ]

    def build_scene(self, name: str) -> Scene:
        """Build a street."""
        return build_street_scene('synscapes', name, STREET_FRAMES, self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """Return a camera mounted like the original one."""
        ahead = Camera(self.intrinsics, scene.camera(shot.frame), self.size).shifted(0, EYE - MOUNTING['z'])
        return ahead.turned(np.degrees(MOUNTING['yaw']), np.degrees(MOUNTING['pitch']))

    def light(self, shot: Shot) -> Light:
        """Return the light of the shot's street."""
        return street_light('synscapes', shot.scene, self.seed)

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the paths of image, classes, instances, depth and camera."""
        kinds = (
            ('img/rgb', 'png'),
            ('img/class', 'png'),
            ('img/instance', 'png'),
            ('img/depth', 'exr'),
            ('meta', 'json'),
        )
        return [root / kind / f'{shot.stem}.{end}' for kind, end in kinds]

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image, label ids, instance numbers (R + 256 G + 65536 B), depth (m) and camera."""
        rgb, classes, instances, depth, meta = self.paths(root, shot)
        write_image(rgb, rendering.rgb)
        write_image(classes, coded(rendering, CITYSCAPES_LABELS))
        numbers = numbered(rendering)
        write_image(instances, np.stack([numbers & 255, numbers >> 8, np.zeros_like(numbers)], -1).astype(np.uint8))
        write_exr(depth, np.minimum(rendering.depth, np.float32(SKY)))
        write_whole(meta, (json.dumps(self._meta(), indent=2) + '\n').encode())

    def _meta(self) -> dict[str, Any]:
        k, (width, height) = self.intrinsics, self.size
        intrinsic = {'fx': k[0, 0], 'fy': k[1, 1], 'resx': width, 'resy': height, 'u0': k[0, 2], 'v0': k[1, 2]}
        return {'camera': {'extrinsic': MOUNTING, 'intrinsic': intrinsic}}
