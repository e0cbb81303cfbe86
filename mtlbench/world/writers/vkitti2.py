"""Virtual KITTI 2 writer: its scenes, cameras and weather in its layout and encodings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.vkitti2 import CLASSES
from mtlbench.errors import ConfigError
from mtlbench.world.render import Camera, Light, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.scene.catalog import build_scene
from mtlbench.world.writers.base import DatasetWriter, Shot
from mtlbench.world.writers.files import write_image, write_lines
from mtlbench.world.writers.street_labels import centimeters

GENUINE_FRAMES = {'Scene01': 447, 'Scene02': 233, 'Scene06': 270, 'Scene18': 339, 'Scene20': 837}
GENUINE_SIZE = (1242, 375)
GENUINE_INTRINSICS = (725.0087, 725.0087, 620.5, 187.0)
BASELINE = 0.532725
CAMERAS = (0, 1)
UNDEFINED = (0, 0, 0)
CATEGORY_CLASS = {
    'terrain': 'Terrain', 'sidewalk': 'Terrain', 'sky': 'Sky', 'tree': 'Tree', 'vegetation': 'Vegetation',
    'building': 'Building',
    'road': 'Road', 'guard rail': 'GuardRail', 'traffic sign': 'TrafficSign', 'traffic light': 'TrafficLight',
    'pole': 'Pole', 'misc': 'Misc', 'truck': 'Truck', 'car': 'Car', 'van': 'Van',
}  # fmt: skip


@dataclass(frozen=True)
class Variation:
    """Difference of a variation from the clone: a camera rotation (degrees to the left) or another light."""

    left: float = 0.0
    light: Light = field(default_factory=Light)


VARIATIONS = {
    '15-deg-left': Variation(left=15),
    '15-deg-right': Variation(left=-15),
    '30-deg-left': Variation(left=30),
    '30-deg-right': Variation(left=-30),
    'clone': Variation(),
    'fog': Variation(
        light=Light(sun=(0, 0, 0), ambient=(1.0, 1.02, 1.05), zenith=(0.66, 0.68, 0.7), horizon=(0.7, 0.72, 0.74),
                    clouds=0, visibility=55)
    ),
    'morning': Variation(
        light=Light(sun_azimuth=-65, sun_elevation=22, sun=(2.0, 1.55, 1.05), ambient=(0.36, 0.38, 0.46),
                    zenith=(0.2, 0.36, 0.66), horizon=(0.86, 0.74, 0.58), clouds=0.3, visibility=900)
    ),
    'overcast': Variation(
        light=Light(sun=(0, 0, 0), ambient=(0.95, 0.97, 1.0), zenith=(0.5, 0.53, 0.57), horizon=(0.72, 0.73, 0.75),
                    clouds=1, visibility=700)
    ),
    'rain': Variation(
        light=Light(sun=(0, 0, 0), ambient=(0.6, 0.63, 0.68), zenith=(0.3, 0.32, 0.35), horizon=(0.46, 0.48, 0.5),
                    clouds=1, visibility=190, rain=1)
    ),
    'sunset': Variation(
        light=Light(sun_azimuth=115, sun_elevation=13, sun=(1.9, 1.0, 0.45), ambient=(0.34, 0.28, 0.33),
                    zenith=(0.2, 0.2, 0.42), horizon=(0.95, 0.52, 0.28), clouds=0.5, visibility=800)
    ),
}  # fmt: skip


@dataclass(frozen=True)
class VKITTI2Writer(DatasetWriter):
    """Virtual KITTI 2: five scenes in selected variations, seen by one camera or both.

    Args:
        frames: Number of frames per camera and variation over the five scenes; 2126 yields the original numbers.
        size: Size (width, height) of the images in pixels.
        seed: Seed of all random choices.
        variations: Keys of :data:`VARIATIONS`, or ``('all',)``.
        cameras: Cameras to render: 0 left, 1 right.
    """

    name: ClassVar[str] = 'vkitti2'
    version: ClassVar[int] = 2

    frames: int = 200
    size: tuple[int, int] = (416, 128)
    variations: tuple[str, ...] = field(
        default=('15-deg-left',),
        metadata={'type': str, 'help': "weather and camera angles of vkitti2, or 'all' (default: 15-deg-left)"},
    )
    cameras: tuple[int, ...] = field(
        default=(0,), metadata={'type': int, 'help': 'cameras of vkitti2: 0 left, 1 right (default: 0)'}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.variations == ('all',):
            object.__setattr__(self, 'variations', tuple(VARIATIONS))
        unknown = sorted(set(self.variations) - set(VARIATIONS))
        if unknown or not self.variations:
            raise ConfigError(f'variations: unknown {unknown or "(none given)"}; known are {", ".join(VARIATIONS)}')
        if not self.cameras or set(self.cameras) - set(CAMERAS):
            raise ConfigError(f'cameras: expected 0, 1, or both, got {list(self.cameras)}')

    @property
    def fewest_frames(self) -> int:
        """Smallest number of frames: one per scene."""
        return len(GENUINE_FRAMES)

    @property
    def scene_frames(self) -> dict[str, int]:
        """Number of frames of each scene: in proportion to the original numbers, with a small minimum."""
        fewest = min(3, self.frames // len(GENUINE_FRAMES))
        spare = self.frames - fewest * len(GENUINE_FRAMES)
        shares = {name: max(count - fewest, 0) for name, count in GENUINE_FRAMES.items()}
        bounds = np.cumsum([0, *shares.values()]) * spare / sum(shares.values())
        return dict(zip(shares, (fewest + np.diff(np.round(bounds).astype(int))).tolist(), strict=True))

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """Original intrinsics (3, 3), scaled to the size of the images."""
        fx, fy, u0, v0 = GENUINE_INTRINSICS
        x, y = self.size[0] / GENUINE_SIZE[0], self.size[1] / GENUINE_SIZE[1]
        return np.array([[fx * x, 0, u0 * x], [0, fy * y, v0 * y], [0, 0, 1]])

    @property
    def settings(self) -> dict[str, Any]:
        """Content of ``RENDERED.json``."""
        return {**super().settings, 'scene_frames': self.scene_frames}

    def shots(self) -> list[Shot]:
        """Return every frame in every variation from every camera."""
        return [
            Shot(scene, frame, f'{scene}/{variation}/{camera}/{frame}', f'{variation}/{camera}')
            for scene, count in self.scene_frames.items()
            for frame in range(count)
            for variation in self.variations
            for camera in self.cameras
        ]

    def build_scene(self, name: str) -> Scene:
        """Build a street of :mod:`mtlbench.world.scene.catalog`."""
        return build_scene(name, self.scene_frames[name], self.seed)

    def camera(self, scene: Scene, shot: Shot) -> Camera:
        """Return the left or right camera of the shot's variation."""
        variation, number = _view(shot)
        return self._camera(scene.camera(shot.frame), variation, number)

    def light(self, shot: Shot) -> Light:
        """Return the light of the shot's variation."""
        return VARIATIONS[_view(shot)[0]].light

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the paths of image, depth and classes."""
        variation, camera = _view(shot)
        folder = root / shot.scene / variation / 'frames'
        kinds = (('rgb', 'rgb', 'jpg'), ('depth', 'depth', 'png'), ('classSegmentation', 'classgt', 'png'))
        return [folder / kind / f'Camera_{camera}' / f'{name}_{shot.frame:05d}.{end}' for kind, name, end in kinds]

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image, depth (centimeters, 65535 = far) and class colors."""
        codes = [CLASSES[CATEGORY_CLASS[name]] for name in rendering.categories]
        rgb, depth, classes = self.paths(root, shot)
        write_image(rgb, rendering.rgb)
        write_image(depth, centimeters(rendering))
        write_image(classes, np.array(codes, np.uint8)[rendering.category])

    def write_tables(self, root: Path) -> None:
        """Write ``colors.txt``, ``intrinsic.txt`` and ``extrinsic.txt`` of every variation, always for both cameras."""
        for scene in self.scene_frames:
            self._write_tables(root, scene)

    def _camera(self, pose: NDArray[np.float64], variation: str, number: int) -> Camera:
        """Return camera ``number`` of the stereo pair, where ``pose`` is that of the clone's left camera."""
        left = Camera(self.intrinsics, pose, self.size).turned(VARIATIONS[variation].left)
        return left.shifted(BASELINE * number)

    def _write_tables(self, root: Path, scene: str) -> None:
        pose_of = self.build_scene(scene).camera
        colors = [f'{name} {r} {g} {b}' for name, (r, g, b) in {**CLASSES, 'Undefined': UNDEFINED}.items()]
        k = self.intrinsics
        focal = ' '.join(f'{value:.10g}' for value in (k[0, 0], k[1, 1], k[0, 2], k[1, 2]))
        rows = [(frame, camera) for frame in range(self.scene_frames[scene]) for camera in CAMERAS]
        entries = ' '.join(f'r{row},1 r{row},2 r{row},3 t{row}' for row in (1, 2, 3)) + ' 0 0 0 1'
        for variation in self.variations:
            matrices = (self._camera(pose_of(frame), variation, camera).extrinsic for frame, camera in rows)
            poses = [' '.join(f'{value:.12g}' for value in matrix.reshape(-1)) for matrix in matrices]
            folder = root / scene / variation
            write_lines(folder / 'colors.txt', ['Category r g b', *colors])
            header = 'frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]'
            write_lines(folder / 'intrinsic.txt', [header, *(f'{f} {c} {focal}' for f, c in rows)])
            body = [f'{f} {c} {pose}' for (f, c), pose in zip(rows, poses, strict=True)]
            write_lines(folder / 'extrinsic.txt', [f'frame cameraID {entries}', *body])


def _view(shot: Shot) -> tuple[str, int]:
    variation, camera = shot.view.rsplit('/', 1)
    return variation, int(camera)
