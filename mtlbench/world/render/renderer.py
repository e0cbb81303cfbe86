"""Renderer: casts the rays of a camera and shades their hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mtlbench.world.render.camera import Camera
from mtlbench.world.render.geometry import Geometry, Hits
from mtlbench.world.render.light import Light
from mtlbench.world.render.textures import TEXTURES
from mtlbench.world.scene import Lamp, Scene

SKY = 'sky'
_SUBPIXELS = ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))
_CHUNK = 1 << 16  # rays at a time, so that temporaries fit into the processor's cache


@dataclass(frozen=True)
class Rendering:
    """An image and the ground truth of the ray through each pixel.

    Args:
        rgb: Image (H, W, 3), uint8.
        depth: Depth (H, W) along the optical axis in meters, float32; infinite for the sky.
        category: Indices (H, W) into ``categories``.
        categories: Names of the categories.
        instance: Instance numbers (H, W) within the scene, int32; -1 for the sky.
        normals: Normals (H, W, 3) towards the camera in world coordinates, float32; zero for the sky.
        camera: Camera of the image.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.float32]
    category: NDArray[np.int64]
    categories: tuple[str, ...]
    instance: NDArray[np.int32]
    normals: NDArray[np.float32]
    camera: Camera

    @property
    def camera_normals(self) -> NDArray[np.float32]:
        """Normals (H, W, 3) in camera coordinates: x right, y down, z forward."""
        return self.normals @ self.camera.pose[:3, :3].astype(np.float32)


@dataclass
class _Samples:
    """Results of N rays: linear colors, depths, categories, instances, normals."""

    color: NDArray
    depth: NDArray
    category: NDArray
    instance: NDArray
    normal: NDArray


class Renderer:
    """Renderer of one scene. Static objects are prepared once, moving objects for every frame.

    Args:
        scene: Scene to render.
        noise: Standard deviation of the sensor noise, in 0..1.
    """

    def __init__(self, scene: Scene, noise: float = 0.006) -> None:
        self.scene, self.noise = scene, noise
        self.categories = (
            SKY,
            *sorted({*(thing.category for thing in scene.instances), *(mover.category for mover in scene.movers)}),
        )
        self._standing = Geometry(scene.instances)

    def render(self, camera: Camera, frame: int, light: Light, rng: np.random.Generator) -> Rendering:
        """Render the image that a camera takes at a frame.

        Args:
            camera: Camera of the image.
            frame: Number of the frame, which determines the positions of moving objects.
            light: Weather and time of day.
            rng: Generator of the sensor noise and the rain.

        Returns:
            The rendering. Depth, category and normals belong to each pixel's central ray; colors at object edges are
            averaged over four rays.
        """
        geometries = [self._standing]
        if self.scene.movers:
            geometries.append(Geometry([mover.at(frame) for mover in self.scene.movers]))
        width, height = camera.size
        rows, columns = (grid.reshape(-1).astype(np.float64) for grid in np.mgrid[:height, :width])
        tracer = _Tracer(geometries, self.categories, camera, light, self.scene.lamps)
        samples = tracer.trace(columns, rows)
        edge = _edges(samples, camera.size)
        fine = [tracer.trace(columns[edge] + dx, rows[edge] + dy).color for dx, dy in _SUBPIXELS]
        samples.color[edge] = sum(np.minimum(color, 1.5) for color in fine) / len(fine)
        image = samples.color.reshape(height, width, 3)
        if light.rain:
            image = _add_rain(image, light.rain, rng)
        return Rendering(
            rgb=_develop(image, self.noise, rng),
            depth=samples.depth.reshape(height, width).astype(np.float32),
            category=samples.category.reshape(height, width),
            categories=self.categories,
            instance=samples.instance.reshape(height, width).astype(np.int32),
            normals=samples.normal.reshape(height, width, 3).astype(np.float32),
            camera=camera,
        )


class _Tracer:
    """Tracer of one camera's rays through the geometries of one frame."""

    def __init__(
        self,
        geometries: list[Geometry],
        categories: tuple[str, ...],
        camera: Camera,
        light: Light,
        lamps: Sequence[Lamp] = (),
    ) -> None:
        self.geometries, self.camera, self.light, self.lamps = geometries, camera, light, lamps
        number = {name: index for index, name in enumerate(categories)}
        self._category = [np.vectorize(number.get, otypes=[np.int64])(g.category) for g in geometries]
        self._first_instance = np.cumsum([0, *(int(g.instance.max()) + 1 for g in geometries)])

    def trace(self, columns: NDArray, rows: NDArray) -> _Samples:
        """Trace the rays through pixels at columns (N,) and rows (N,)."""
        pieces = [
            self._trace(columns[start : start + _CHUNK], rows[start : start + _CHUNK])
            for start in range(0, len(columns), _CHUNK)
        ] or [self._trace(columns, rows)]
        return _Samples(*(np.concatenate([getattr(p, name) for p in pieces]) for name in _Samples.__annotations__))

    def _trace(self, columns: NDArray, rows: NDArray) -> _Samples:
        directions = self.camera.rays(columns, rows)
        origins = self.camera.origins(columns, rows)
        units = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        count = len(directions)
        hits = [geometry.first_hits(origins, directions) for geometry in self.geometries]
        nearest = np.argmin([hit.distance for hit in hits], axis=0)
        found = _Samples(
            np.empty((count, 3)), np.full(count, np.inf), np.zeros(count, int), np.full(count, -1), np.zeros((count, 3))
        )
        miss = np.ones(count, bool)
        for which, hit in enumerate(hits):
            rays = np.flatnonzero((nearest == which) & (hit.face >= 0))
            self._collect(found, which, rays, hit, origins, directions, units)
            miss[rays] = False
        found.color[miss] = self.light.sky(units[miss])
        return found

    def _collect(
        self,
        found: _Samples,
        which: int,
        rays: NDArray,
        hit: Hits,
        origins: NDArray,
        directions: NDArray,
        units: NDArray,
    ) -> None:
        """Fill in the results of rays that hit one geometry."""
        geometry, face, depth = self.geometries[which], hit.face[rays], hit.distance[rays]
        points = origins[rays] + directions[rays] * depth[:, None]
        normal = geometry.normals[face]
        facing = (normal * units[rays]).sum(1)
        normal = normal * np.where(facing > 0, -1.0, 1.0)[:, None]
        found.depth[rays], found.normal[rays] = depth, normal
        found.category[rays] = self._category[which][face]
        found.instance[rays] = geometry.instance[face] + self._first_instance[which]
        albedo, gloss = self._surface(geometry, face, points, depth)
        lit = albedo * self._irradiance(points, normal)
        mirrored = units[rays] + 2 * np.abs(facing)[:, None] * normal
        lit += (gloss * (0.4 + 0.6 * (1 - np.abs(facing)) ** 3))[:, None] * self._reflection(mirrored, gloss)
        distance = depth * np.linalg.norm(directions[rays], axis=1)
        found.color[rays] = self.light.through_air(lit, distance)

    def _surface(self, geometry: Geometry, face: NDArray, points: NDArray, depth: NDArray) -> tuple[NDArray, NDArray]:
        """Return the color (N, 3) and gloss (N,) of points on triangles."""
        coords = geometry.texture_coords(face, points)
        pixel = self.camera.footprint(depth)
        material = geometry.material[face]
        albedo, gloss = np.empty((len(face), 3)), np.empty(len(face))
        order = np.argsort(material, kind='stable')
        numbers, starts = np.unique(material[order], return_index=True)
        for number, rays in zip(numbers, np.split(order, starts[1:]), strict=False):
            surface = geometry.materials[number]
            albedo[rays] = TEXTURES[surface.texture](coords[rays], pixel[rays], surface)
            gloss[rays] = surface.gloss
        return albedo, gloss

    def _irradiance(self, points: NDArray, normal: NDArray) -> NDArray:
        """Return the light (N, 3) that reaches surfaces: from sky and ground, and from unoccluded sun and lamps."""
        total = np.array(self.light.ambient) * (0.62 + 0.38 * normal[:, 2:])
        total += np.array(self.light.bounce) * (0.5 - 0.5 * normal[:, 2:])
        if any(self.light.sun):
            total = total + self._sunlight(points, normal)[:, None] * np.array(self.light.sun)
        for lamp in self.lamps:
            total = total + self._lamplight(lamp, points, normal)[:, None] * np.array(lamp.color)
        return total

    def _sunlight(self, points: NDArray, normal: NDArray) -> NDArray:
        """Return the share (N,) of the sun's light that reaches surfaces."""
        slope = normal @ self.light.to_sun
        lit = np.flatnonzero(slope > 0)
        origins = points[lit] + normal[lit] * 0.02
        towards = np.broadcast_to(self.light.to_sun, origins.shape)
        shadow = np.zeros(len(lit), bool)
        for geometry in self.geometries:
            shadow |= geometry.any_hit(origins, towards)
        direct = np.zeros(len(points))
        direct[lit] = slope[lit] * ~shadow
        return direct

    def _lamplight(self, lamp: Lamp, points: NDArray, normal: NDArray) -> NDArray:
        """Return the share (N,) of a lamp's light that reaches surfaces; it falls off with the squared distance."""
        towards = np.array(lamp.position) - points
        distance2 = (towards**2).sum(1)
        slope = (normal * towards).sum(1) / np.sqrt(distance2)
        lit = np.flatnonzero(slope > 0)
        shadow = np.zeros(len(lit), bool)
        for geometry in self.geometries:
            shadow |= geometry.first_hits(points[lit] + normal[lit] * 0.005, towards[lit]).distance < 1
        direct = np.zeros(len(points))
        direct[lit] = slope[lit] * ~shadow / (distance2[lit] + lamp.radius**2)
        return direct

    def _reflection(self, mirrored: NDArray, gloss: NDArray) -> NDArray:
        """Return the reflection of glossy surfaces: the sky, or black below the horizon."""
        color = np.zeros((len(mirrored), 3))
        seen = np.flatnonzero((gloss > 0) & (mirrored[:, 2] > 0))
        color[seen] = self.light.sky(mirrored[seen])
        return color


def _edges(samples: _Samples, size: tuple[int, int]) -> NDArray[np.int64]:
    """Return the flat indices of pixels at instance borders and sharp folds."""
    width, height = size
    thing = samples.instance.reshape(height, width)
    normal = samples.normal.reshape(height, width, 3)
    edge = np.zeros((height, width), bool)
    for axis in (0, 1):
        first, second = ([slice(None)] * 2, [slice(None)] * 2)
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        a, b = tuple(first), tuple(second)
        differs = (thing[a] != thing[b]) | ((normal[a] * normal[b]).sum(-1) < 0.8)
        edge[a] |= differs
        edge[b] |= differs
    return np.flatnonzero(edge)


def _add_rain(image: NDArray, strength: float, rng: np.random.Generator) -> NDArray:
    """Add bright, slanted streaks."""
    height, width = image.shape[:2]
    veil: NDArray = np.zeros((height, width), np.float32)
    for _ in range(int(strength * width * 0.7)):
        x, y, length = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.04, 0.14) * height
        end = (int(x + 0.12 * length), int(y + length))
        cv2.line(veil, (int(x), int(y)), end, float(rng.uniform(0.3, 1.0)), 1, cv2.LINE_AA)
    veil = cv2.GaussianBlur(veil, (3, 3), 0.7)
    return image + (0.75 - image) * veil[..., None] * 0.45 * strength


def _develop(image: NDArray, noise: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Convert linear colors to bytes, with soft highlights, gamma and sensor noise."""
    exposed = np.clip(image, 0, None) * 1.05
    tone = (exposed * (1 + exposed / 9) / (0.75 + exposed)) ** (1 / 2.2)
    tone += 0.16 * np.sin(2 * np.pi * (np.clip(tone, 0, 1) - 0.5)) / np.pi  # contrast
    grainy = tone + rng.normal(0, noise, tone.shape)
    return (np.clip(grainy, 0, 1) * 255 + 0.5).astype(np.uint8)
