"""Cityscapes: streets of its cities with fine labels, stereo disparity, cameras and video, in its layout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.cityscapes import CITIES, COARSE
from mtlbench.geometry import scale_intrinsics
from mtlbench.world.render import Camera, Light, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.scene.catalog import build_street_scene
from mtlbench.world.scene.street import EYE
from mtlbench.world.writers.base import DatasetWriter, Shot
from mtlbench.world.writers.files import write_image, write_whole
from mtlbench.world.writers.street_labels import CITYSCAPES_LABELS, coded, numbered
from mtlbench.world.writers.synscapes import MOUNTING
from mtlbench.world.writers.weather import street_light

CAMERA_SHAPE = (1024, 2048)
BASELINE = 0.209313
INTRINSICS = {'fx': 2262.52, 'fy': 2265.3017905988554, 'u0': 1096.98, 'v0': 513.137}
"""At full resolution; also the baseline in meters is a genuine one."""
MISSING, FAR = 0, 1
"""What is stored for no disparity, and for a disparity of 0."""
LABELED = 19
"""Number of the labeled frame within each snippet of the video."""
VIDEO = ('train', 'val')
"""The splits with neighboring frames."""
PLACES = 5
"""Labeled frames of one street."""
APART = 24
"""Frames between them: at least ten meters."""


@dataclass(frozen=True)
class CityscapesWriter(DatasetWriter):
    """Cityscapes: labeled frames, each of another place, and the frame before and after each of train and val.

    Args:
        frames: With a camera file, over the four splits; of eleven six are for training, two for validation, one for
            testing, and two for training without fine labels.
        size: (width, height) in pixels; disparities and cameras are those of 2048 x 1024 whatever it is.
        seed: Of everything that is drawn.
    """

    name: ClassVar[str] = 'cityscapes'
    version: ClassVar[int] = 1

    frames: int = 220
    size: tuple[int, int] = (256, 128)

    @property
    def fewest_frames(self) -> int:
        """One to train with, and what else must go with it."""
        return 6

    @property
    def split_frames(self) -> dict[str, int]:
        """Labeled frames of each split."""
        few = max(1, self.frames // 11)
        return {'train': self.frames - 5 * few, 'val': 2 * few, 'test': few, COARSE: 2 * few}

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """The genuine intrinsics (3, 3), scaled to the images' size."""
        fx, fy, u0, v0 = INTRINSICS.values()
        return scale_intrinsics(np.array([[fx, 0, u0], [0, fy, v0], [0, 0, 1.0]]), CAMERA_SHAPE, self.size[::-1])

    @property
    def settings(self) -> dict[str, Any]:
        """What ``RENDERED.json`` says."""
        return {**super().settings, 'split_frames': self.split_frames}

    def shots(self) -> list[Shot]:
        """The labeled frames with their neighbors, street by street."""
        return [shot for split, count in self.split_frames.items() for shot in _shots(split, count)]

    def build_scene(self, name: str) -> Scene:
        """A street of a city."""
        return build_street_scene('cityscapes', name, PLACES * APART, self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """The left camera, mounted as the genuine one."""
        ahead = Camera(self.intrinsics, scene.camera(shot.frame), self.size).shifted(0, EYE - MOUNTING['z'])
        return ahead.turned(np.degrees(MOUNTING['yaw']), np.degrees(MOUNTING['pitch']))

    def light(self, shot: Shot) -> Light:
        """The weather of the street."""
        return street_light('cityscapes', shot.scene, self.seed)

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """The image; of a labeled frame also disparity, camera and, where there are any, labels and video."""
        video = root / 'leftImg8bit_sequence' / f'{shot.stem}_leftImg8bit.png'
        if shot.view == 'video':
            return [video]
        split = shot.stem.split('/')[0]
        kinds = [('leftImg8bit', 'leftImg8bit.png'), ('disparity', 'disparity.png'), ('camera', 'camera.json')]
        if split != COARSE:
            kinds += [('gtFine', 'gtFine_labelIds.png'), ('gtFine', 'gtFine_instanceIds.png')]
        files = [root / kind / f'{shot.stem}_{end}' for kind, end in kinds]
        return [*files, video] if split in VIDEO else files

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the files of a frame."""
        labels = coded(rendering, CITYSCAPES_LABELS)
        for path in self.paths(root, shot):
            if path.name.endswith('camera.json'):
                camera = {'extrinsic': {'baseline': BASELINE, **MOUNTING}, 'intrinsic': INTRINSICS}
                write_whole(path, (json.dumps(camera, indent=4) + '\n').encode())
            elif path.name.endswith('disparity.png'):
                write_image(path, stored_disparity(rendering))
            elif path.name.endswith('labelIds.png'):
                write_image(path, labels)
            elif path.name.endswith('instanceIds.png'):
                write_image(path, instance_ids(labels, numbered(rendering)))
            else:
                write_image(path, rendering.rgb)


def stored_disparity(rendering: Rendering) -> NDArray[np.uint16]:
    """Disparity (H, W) as the files hold it: ``256 d + 1``, in pixels of the full resolution.

    It is missing where the right camera sees nothing: beyond its left border, and behind something nearer.
    """
    shift = BASELINE * rendering.camera.intrinsics[0, 0] / rendering.depth.astype(np.float64)
    column = np.arange(shift.shape[1]) - shift  # in the right image
    nearest = np.minimum.accumulate(column[:, ::-1], axis=1)[:, ::-1]
    hidden = column < 0
    hidden[:, :-1] |= nearest[:, 1:] < column[:, :-1]
    full = BASELINE * INTRINSICS['fx'] / rendering.depth.astype(np.float64)
    stored = np.rint(256 * full) + FAR
    hidden |= stored > np.iinfo(np.uint16).max
    return np.where(hidden, MISSING, stored).astype(np.uint16)


def instance_ids(labels: NDArray[np.uint8], numbers: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Instance ids (H, W): the label, or ``1000 label + n`` for the n-th thing of a label."""
    ids = labels.astype(np.uint16)
    for label in np.unique(labels[numbers > 0]):
        things = (labels == label) & (numbers > 0)
        ids[things] = 1000 * int(label) + np.unique(numbers[things], return_inverse=True)[1]
    return ids


def _shots(split: str, count: int) -> Iterator[Shot]:
    """The frames of a split: its streets go to its cities in turn."""
    cities = CITIES[split].split()
    around = (-1, 0, 1) if split in VIDEO else (0,)
    for number in range(count):
        street, place = divmod(number, PLACES)
        turn, which = divmod(street, len(cities))
        city, sequence = cities[which], turn * PLACES + place
        for offset in around:
            stem = f'{split}/{city}/{city}_{sequence:06d}_{LABELED + offset:06d}'
            yield Shot(f'{city}{turn}', 1 + place * APART + offset, stem, 'video' if offset else 'labeled')
