"""SYNTHIA-RAND-CITYSCAPES writer: independent images from many viewpoints, in its layout and encodings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from mtlbench.datasets.synthia import CAMERA_SHAPE, INTRINSICS, LABELS
from mtlbench.geometry import scale_intrinsics
from mtlbench.world.render import Camera, Light, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.scene.catalog import build_street_scene
from mtlbench.world.writers.base import DatasetWriter, Shot
from mtlbench.world.writers.files import write_image
from mtlbench.world.writers.places import STREET_FRAMES, scattered
from mtlbench.world.writers.street_labels import centimeters, coded, numbered
from mtlbench.world.writers.weather import street_light

_LABEL = {name: label for label, (name, _) in LABELS.items()}
CATEGORY_LABEL = _LABEL | {
    'person': _LABEL['pedestrian'], 'van': _LABEL['car'], 'tree': _LABEL['vegetation'], 'guard rail': _LABEL['fence'],
    'misc': _LABEL['void'],
}  # fmt: skip
PALETTE = np.array([LABELS[label][1] for label in range(len(LABELS))], np.uint8)


@dataclass(frozen=True)
class SYNTHIAWriter(DatasetWriter):
    """SYNTHIA-RAND-CITYSCAPES: images of a town, each from another place and viewpoint.

    Args:
        frames: Number of images.
        size: Size (width, height) of the images in pixels.
        seed: Seed of all random choices.
    """

    name: ClassVar[str] = 'synthia'
    version: ClassVar[int] = 1

    frames: int = 160
    size: tuple[int, int] = (320, 190)

    def shots(self) -> list[Shot]:
        """Return several images of each street."""
        return scattered([f'{number:07d}' for number in range(self.frames)], 'town')

    def build_scene(self, name: str) -> Scene:
        """Build a street of the town."""
        return build_street_scene('synthia', name, STREET_FRAMES, self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """Return a camera at a random position above the lane, in a random forward direction.

        The position keeps some distance from parked vehicles.
        """
        rng = np.random.default_rng([self.seed, int(shot.stem)])
        k = scale_intrinsics(np.array(INTRINSICS), CAMERA_SHAPE, self.size[::-1])
        camera = Camera(k, scene.camera(shot.frame), self.size).shifted(rng.uniform(-0.8, 0.3), rng.uniform(-1.5, 0.4))
        return camera.turned(rng.uniform(-45, 45), rng.uniform(-4, 14))

    def light(self, shot: Shot) -> Light:
        """Return the light of the shot's street."""
        return street_light('synthia', shot.scene, self.seed)

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the paths of image, labels, label colors and depth."""
        return [root / kind / f'{shot.stem}.png' for kind in ('RGB', 'GT/LABELS', 'GT/COLOR', 'Depth/Depth')]

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image, labels (16 bit: class, instance, 0), label colors and depth (centimeters)."""
        rgb, labels, colors, depth = self.paths(root, shot)
        classes = coded(rendering, CATEGORY_LABEL)
        write_image(rgb, rendering.rgb)
        write_image(labels, np.stack([classes, numbered(rendering), np.zeros_like(classes)], -1).astype(np.uint16))
        write_image(colors, PALETTE[classes])
        write_image(depth, centimeters(rendering))
