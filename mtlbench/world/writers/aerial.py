"""Common base of the writers of aerial datasets: each tile shows one town from straight above."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.isprs import CLASSES
from mtlbench.datasets.isprs import DECIMETER
from mtlbench.datasets.isprs_tree import TileTree
from mtlbench.datasets.prepare.isprs import Cut, convert
from mtlbench.errors import ConfigError
from mtlbench.world.render import OrthographicCamera, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.scene.aerial import DOMAINS, Ground, build_town, draw_ground
from mtlbench.world.writers.base import DatasetWriter, Shot
from mtlbench.world.writers.files import write_image

ALTITUDE = 150.0
"""Height of the camera above the ground at the middle of a tile, in meters."""
DOWN = np.diag((1.0, -1.0, -1.0))
"""Rotation (3, 3) of a camera that looks down, with north (world y) at the top of its image."""
CLEAR = 1e9
"""Visibility in meters at which no haze is visible."""


@dataclass(frozen=True)
class AerialWriter(DatasetWriter):
    """Writer of tiles in the delivered layout, and of the patches that ``mtlbench prepare`` cuts from them.

    Args:
        frames: Number of tiles, distributed over the training and the validation split in proportion to their sizes.
        size: Size (width, height) of a tile in pixels.
        seed: Seed of all random choices.
    """

    tree: ClassVar[TileTree]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.frames > len(self._tiles):
            raise ConfigError(
                f'frames: expected at most {len(self._tiles)}, the tiles of {self.name}, got {self.frames}'
            )

    @property
    def fewest_frames(self) -> int:
        """Smallest number of tiles: one per split."""
        return len(self.tree.tiles)

    def shots(self) -> list[Shot]:
        """Return one shot per tile."""
        return [Shot(tile, 0, tile) for tile in self._tiles[: self.frames]]

    def build_scene(self, name: str) -> Scene:
        """Build the town of a tile."""
        width, height = self.size
        return build_town(self.name, name, (width * self.tree.resolution, height * self.tree.resolution), self.seed)

    def ground(self, tile: str) -> Ground:
        """Return the ground under a tile's town."""
        return draw_ground(tile, DOMAINS[self.name].level, self.seed)

    def camera(self, scene: Scene, shot: Shot) -> OrthographicCamera:
        """Return a camera straight above the middle of the tile."""
        (width, height), scale = self.size, 1 / self.tree.resolution
        pose = np.eye(4)
        pose[:3, :3], pose[2, 3] = DOWN, self.ground(shot.scene).level + ALTITUDE
        intrinsics = np.array([[scale, 0, (width - 1) / 2], [0, scale, (height - 1) / 2], [0, 0, 1]])
        return OrthographicCamera(intrinsics, pose, self.size)

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the paths of the image, the classes, and the heights above the ground and above sea level."""
        return [self.tree.files[kind].path(root, shot.scene) for kind in ('img', 'label', 'height', 'dsm')]

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write the image, class colors, 8-bit decimeters above ground (jpg), and float32 meters above sea level."""
        image, label, height, dsm = self.paths(root, shot)
        colors = np.array([CLASSES.get(name, (0, 0, 0)) for name in rendering.categories], np.uint8)
        surface, ground = surface_and_ground(rendering, self.ground(shot.scene))
        write_image(image, rendering.rgb)
        write_image(label, colors[rendering.category])
        write_image(height, np.clip(np.rint((surface - ground) / DECIMETER), 0, 255).astype(np.uint8))
        write_image(dsm, surface.astype(np.float32))

    def write_tables(self, root: Path) -> None:
        """Cut the tiles into patches."""
        convert(self.tree, root, root, Cut())

    @property
    def _tiles(self) -> list[str]:
        """All tiles, with the splits interleaved in proportion to their sizes."""
        places = {tile: (k + 0.5) / len(tiles) for tiles in self.tree.tiles.values() for k, tile in enumerate(tiles)}
        return sorted(places, key=lambda tile: places[tile])


def surface_and_ground(rendering: Rendering, ground: Ground) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the heights (H, W) above sea level, in meters, of each pixel's surface and of the ground below it."""
    rows, columns = (grid.astype(np.float64) for grid in np.indices(rendering.depth.shape))
    starts = rendering.camera.origins(columns.reshape(-1), rows.reshape(-1)).reshape(*rows.shape, 3)
    return starts[..., 2] - rendering.depth, ground.height(starts[..., 0], starts[..., 1])
