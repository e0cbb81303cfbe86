"""Virtual KITTI 2: its scenes, cameras and weather, written in its layout and encodings."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.vkitti2 import CLASSES
from mtlbench.errors import ConfigError
from mtlbench.world.render import Camera, Light, Renderer, Rendering
from mtlbench.world.scene.catalogue import build_scene
from mtlbench.world.writers.files import claim_folder, finish_folder, write_picture, write_whole
from mtlbench.world.writers.parallel import run_all

VERSION = 1
"""Grows whenever the same settings give other pictures."""

GENUINE_FRAMES = {'Scene01': 447, 'Scene02': 233, 'Scene06': 270, 'Scene18': 339, 'Scene20': 837}
GENUINE_SIZE = (1242, 375)
GENUINE_INTRINSICS = (725.0087, 725.0087, 620.5, 187.0)
BASELINE = 0.532725
CAMERAS = (0, 1)
FAR = 65535
UNDEFINED = (0, 0, 0)
BATCH = 8
CATEGORY_CLASS = {
    'terrain': 'Terrain', 'sky': 'Sky', 'tree': 'Tree', 'vegetation': 'Vegetation', 'building': 'Building',
    'road': 'Road', 'guard rail': 'GuardRail', 'traffic sign': 'TrafficSign', 'traffic light': 'TrafficLight',
    'pole': 'Pole', 'misc': 'Misc', 'truck': 'Truck', 'car': 'Car', 'van': 'Van',
}  # fmt: skip


@dataclass(frozen=True)
class Variation:
    """How a variation differs from the clone: the camera is turned (degrees to the left), or the light is another."""

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
class RenderRequest:
    """What to render.

    Args:
        frames: Pictures of one camera and variation, over the five scenes; 2126 gives the genuine numbers.
        size: (width, height) in pixels.
        seed: Of everything that is drawn.
        variations: Some of :data:`VARIATIONS`.
        cameras: 0 is the left one, 1 the right one.
    """

    frames: int = 200
    size: tuple[int, int] = (416, 128)
    seed: int = 0
    variations: tuple[str, ...] = ('15-deg-left',)
    cameras: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.variations) - set(VARIATIONS))
        if unknown or not self.variations:
            raise ConfigError(f'variations: unknown {unknown or "(none given)"}; known are {", ".join(VARIATIONS)}')
        if not self.cameras or set(self.cameras) - set(CAMERAS):
            raise ConfigError(f'cameras: expected 0, 1, or both, got {list(self.cameras)}')
        if self.frames < len(GENUINE_FRAMES):
            raise ConfigError(f'frames: expected at least {len(GENUINE_FRAMES)}, one a scene, got {self.frames}')
        if min(self.size) < 16:
            raise ConfigError(f'size: expected at least 16x16 pixels, got {self.size[0]}x{self.size[1]}')

    @property
    def scene_frames(self) -> dict[str, int]:
        """Frames of each scene: in proportion to the genuine ones, but a few at least."""
        fewest = min(3, self.frames // len(GENUINE_FRAMES))
        spare = self.frames - fewest * len(GENUINE_FRAMES)
        shares = {name: max(count - fewest, 0) for name, count in GENUINE_FRAMES.items()}
        bounds = np.cumsum([0, *shares.values()]) * spare / sum(shares.values())
        return dict(zip(shares, (fewest + np.diff(np.round(bounds).astype(int))).tolist(), strict=True))

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """The genuine intrinsics (3, 3), scaled to the pictures' size."""
        fx, fy, u0, v0 = GENUINE_INTRINSICS
        x, y = self.size[0] / GENUINE_SIZE[0], self.size[1] / GENUINE_SIZE[1]
        return np.array([[fx * x, 0, u0 * x], [0, fy * y, v0 * y], [0, 0, 1]])

    @property
    def settings(self) -> dict[str, Any]:
        """What ``world.json`` says: enough to render the same again."""
        return {
            'rendered': True,
            'dataset': 'vkitti2',
            'generator_version': VERSION,
            'seed': self.seed,
            'size': list(self.size),
            'frames': self.frames,
            'scene_frames': self.scene_frames,
            'variations': sorted(self.variations),
            'cameras': sorted(self.cameras),
        }

    def camera(self, pose: NDArray[np.float64], variation: str, number: int) -> Camera:
        """Camera ``number`` of the stereo pair in a variation, where ``pose`` is that of the clone's left one."""
        left = Camera(self.intrinsics, pose, self.size).turned(VARIATIONS[variation].left)
        return left.shifted(BASELINE * number)


@dataclass(frozen=True)
class Batch:
    """Some frames of one scene, all variations and cameras: what one worker does at a time."""

    request: RenderRequest
    root: Path
    scene: str
    frames: range

    def __call__(self) -> int:
        """Render what is not there yet; returns how many pictures that settles."""
        renderer = _renderer(self.scene, self.request.scene_frames[self.scene], self.request.seed)
        shots = [(v, c, f) for v in self.request.variations for c in self.request.cameras for f in self.frames]
        for variation, camera, frame in shots:
            paths = picture_paths(self.root, self.scene, variation, camera, frame)
            if all(path.is_file() for path in paths):
                continue
            key = zlib.crc32(f'{self.scene}/{variation}/{camera}/{frame}'.encode())
            rng = np.random.default_rng([self.request.seed, key])
            seen_from = self.request.camera(renderer.scene.camera(frame), variation, camera)
            write_frame(paths, renderer.render(seen_from, frame, VARIATIONS[variation].light, rng))
        return len(shots)


def render_vkitti2(root: Path, request: RenderRequest, jobs: int = 1) -> bool:
    """Render into a folder; an interrupted rendering goes on where it stopped.

    Args:
        root: A new or empty folder, or one with the same rendering.
        request: What to render.
        jobs: Processes; the files do not depend on it.

    Returns:
        False when all was there already.

    Raises:
        DataError: When the folder holds something else.
        MissingExtraError: When the ray caster is not installed.
    """
    if not claim_folder(root, request.settings):
        return False
    batches = list(_batches(root, request))
    pictures = request.frames * len(request.variations) * len(request.cameras)
    run_all(batches, jobs, pictures)
    for scene in request.scene_frames:
        _write_tables(root, scene, request)
    finish_folder(root, request.settings)
    return True


def picture_paths(root: Path, scene: str, variation: str, camera: int, frame: int) -> tuple[Path, Path, Path]:
    """Where picture, depth and classes of a frame go."""
    folder = root / scene / variation / 'frames'
    kinds = (('rgb', 'rgb', 'jpg'), ('depth', 'depth', 'png'), ('classSegmentation', 'classgt', 'png'))
    rgb, depth, classes = (
        folder / kind / f'Camera_{camera}' / f'{name}_{frame:05d}.{end}' for kind, name, end in kinds
    )
    return rgb, depth, classes


def write_frame(paths: Sequence[Path], rendering: Rendering) -> None:
    """Write picture, depth (centimetres, 65535 = far) and class colours."""
    codes = [CLASSES[CATEGORY_CLASS[name]] for name in rendering.categories]
    rgb, depth, classes = paths
    write_picture(rgb, rendering.rgb)
    write_picture(depth, np.minimum(np.rint(rendering.depth * 100.0), FAR).astype(np.uint16))
    write_picture(classes, np.array(codes, np.uint8)[rendering.category])


def _batches(root: Path, request: RenderRequest) -> Iterator[Batch]:
    for scene, count in request.scene_frames.items():
        for start in range(0, count, BATCH):
            yield Batch(request, root, scene, range(start, min(start + BATCH, count)))


@lru_cache(maxsize=1)
def _renderer(scene: str, frames: int, seed: int) -> Renderer:
    return Renderer(build_scene(scene, frames, seed))


def _write_tables(root: Path, scene: str, request: RenderRequest) -> None:
    """``colors.txt``, ``intrinsic.txt`` and ``extrinsic.txt`` of every variation; both cameras, as in the original."""
    frames = request.scene_frames[scene]
    pose_of = build_scene(scene, frames, request.seed).camera
    colours = [f'{name} {r} {g} {b}' for name, (r, g, b) in {**CLASSES, 'Undefined': UNDEFINED}.items()]
    k = request.intrinsics
    focal = ' '.join(f'{value:.10g}' for value in (k[0, 0], k[1, 1], k[0, 2], k[1, 2]))
    rows = [(frame, camera) for frame in range(frames) for camera in CAMERAS]
    entries = ' '.join(f'r{row},1 r{row},2 r{row},3 t{row}' for row in (1, 2, 3)) + ' 0 0 0 1'
    for variation in request.variations:
        matrices = (request.camera(pose_of(frame), variation, camera).extrinsic for frame, camera in rows)
        poses = [' '.join(f'{value:.12g}' for value in matrix.reshape(-1)) for matrix in matrices]
        folder = root / scene / variation
        _write_lines(folder / 'colors.txt', ['Category r g b', *colours])
        header = 'frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]'
        _write_lines(folder / 'intrinsic.txt', [header, *(f'{f} {c} {focal}' for f, c in rows)])
        body = [f'{f} {c} {pose}' for (f, c), pose in zip(rows, poses, strict=True)]
        _write_lines(folder / 'extrinsic.txt', [f'frame cameraID {entries}', *body])


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    write_whole(path, ('\n'.join(lines) + '\n').encode())
