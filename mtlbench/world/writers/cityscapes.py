"""Cityscapes writer: streets of its cities with fine labels, stereo disparity, cameras and video, in its layout."""

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
"""Original intrinsics at full resolution; the baseline in meters is original, too."""
MISSING, FAR = 0, 1
"""Stored values of a missing disparity, and of a disparity of 0."""
LABELED = 19
"""Number of the labeled frame within each video snippet."""
VIDEO = ('train', 'val')
"""Splits with neighboring frames."""
PLACES = 5
"""Number of labeled frames per street."""
APART = 24
"""Number of frames between labeled frames: at least ten meters."""


@dataclass(frozen=True)
class CityscapesWriter(DatasetWriter):
    """Cityscapes: labeled frames of different places, and the previous and next frame of each in train and val.

    Args:
        frames: Number of frames with a camera file, over the four splits. Of eleven, six are for training, two for
            validation, one for testing, and two for training without fine labels.
        size: Size (width, height) of the images in pixels; disparities and cameras always refer to 2048 x 1024.
        seed: Seed of all random choices.
    """

    name: ClassVar[str] = 'cityscapes'
    version: ClassVar[int] = 1

    frames: int = 220
    size: tuple[int, int] = (256, 128)

    @property
    def fewest_frames(self) -> int:
        """Smallest number of frames: one for training, and five for the other splits."""
        return 6

    @property
    def split_frames(self) -> dict[str, int]:
        """Number of labeled frames of each split."""
        few = max(1, self.frames // 11)
        return {'train': self.frames - 5 * few, 'val': 2 * few, 'test': few, COARSE: 2 * few}

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """Original intrinsics (3, 3), scaled to the size of the images."""
        fx, fy, u0, v0 = INTRINSICS.values()
        return scale_intrinsics(np.array([[fx, 0, u0], [0, fy, v0], [0, 0, 1.0]]), CAMERA_SHAPE, self.size[::-1])

    @property
    def settings(self) -> dict[str, Any]:
        """Content of ``RENDERED.json``."""
        return {**super().settings, 'split_frames': self.split_frames}

    def shots(self) -> list[Shot]:
        """Return the labeled frames with their neighbors, street by street."""
        return [shot for split, count in self.split_frames.items() for shot in _shots(split, count)]

    def build_scene(self, name: str) -> Scene:
        """Build a street of a city."""
        return build_street_scene('cityscapes', name, PLACES * APART, self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """Return the left camera, mounted like the original one."""
        ahead = Camera(self.intrinsics, scene.camera(shot.frame), self.size).shifted(0, EYE - MOUNTING['z'])
        return ahead.turned(np.degrees(MOUNTING['yaw']), np.degrees(MOUNTING['pitch']))

    def light(self, shot: Shot) -> Light:
        """Return the light of the shot's street."""
        return street_light('cityscapes', shot.scene, self.seed)

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the paths of the image and, for a labeled frame, of its disparity, camera, labels and video frame.

        The split without fine labels has no labels, and only the splits of ``VIDEO`` have video.
        """
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
    """Return the disparity (H, W) as stored: ``256 d + 1``, in pixels at full resolution.

    It is missing where the right camera sees nothing: beyond its left border, and behind nearer objects.
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
    """Return the instance ids (H, W): the label, or ``1000 label + n`` for the n-th instance of a label."""
    ids = labels.astype(np.uint16)
    for label in np.unique(labels[numbers > 0]):
        things = (labels == label) & (numbers > 0)
        ids[things] = 1000 * int(label) + np.unique(numbers[things], return_inverse=True)[1]
    return ids


def _shots(split: str, count: int) -> Iterator[Shot]:
    """Yield the frames of a split, whose streets are assigned to its cities in turn."""
    cities = CITIES[split].split()
    around = (-1, 0, 1) if split in VIDEO else (0,)
    for number in range(count):
        street, place = divmod(number, PLACES)
        turn, which = divmod(street, len(cities))
        city, sequence = cities[which], turn * PLACES + place
        for offset in around:
            stem = f'{split}/{city}/{city}_{sequence:06d}_{LABELED + offset:06d}'
            yield Shot(f'{city}{turn}', 1 + place * APART + offset, stem, 'video' if offset else 'labeled')
