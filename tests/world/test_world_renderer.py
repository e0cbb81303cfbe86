"""Rays, labels and textures of the renderer, against closed forms and against geometry."""

import sys

import cv2
import numpy as np
import pytest
from reprojection import points_of, seen_again

from mtlbench.errors import MissingExtraError
from mtlbench.world.render import Camera, Light, Renderer
from mtlbench.world.render.geometry import Geometry
from mtlbench.world.render.textures import TEXTURES, stripes
from mtlbench.world.scene import Instance, Material, Scene
from mtlbench.world.scene.catalog import STREETS, build_scene
from mtlbench.world.scene.shapes import box, prism, ribbon, tube, wheel
from mtlbench.world.writers.vkitti2 import BASELINE, VKITTI2Writer

STONE = Material('asphalt', ((0.4, 0.4, 0.4),))
SIZE = (160, 48)


def street_camera(scene, frame, size=SIZE):
    return Camera(VKITTI2Writer(size=size).intrinsics, scene.camera(frame), size)


@pytest.fixture(scope='module')
def street():
    return Renderer(build_scene('Scene01', 12, 5), noise=0.0)


def shoot(renderer, frame, camera=None, light=None):
    camera = camera or street_camera(renderer.scene, frame)
    return renderer.render(camera, frame, light or Light(), np.random.default_rng(0))


def one_thing(*parts):
    """A scene of one box-like thing, looked at along world y from the origin."""
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([(1, 0, 0), (0, 0, -1), (0, 1, 0)])
    scene = Scene('test', lambda frame: pose)
    scene.add('thing', *parts)
    return scene


def test_depth_is_planar_and_exact():
    scene = one_thing(box((40, 2, 40), (0, 11, 0), STONE))
    rendering = Renderer(scene).render(street_camera(scene, 0), 0, Light(), np.random.default_rng(0))
    # A wall at right angles to the optical axis has one depth, however slanted the ray is.
    np.testing.assert_allclose(rendering.depth, 10.0, rtol=1e-6)
    np.testing.assert_allclose(rendering.normals, np.broadcast_to((0, -1, 0), rendering.normals.shape), atol=1e-6)
    np.testing.assert_allclose(rendering.camera_normals[0, 0], (0, 0, -1), atol=1e-6)


def test_pixel_and_ray_agree_without_half_a_pixel():
    scene = one_thing(box((1, 1, 1), (2.0, 10.5, -1.0), STONE))
    camera = street_camera(scene, 0)
    rendering = Renderer(scene).render(camera, 0, Light(), np.random.default_rng(0))
    hit = np.argwhere(rendering.category > 0)
    k = camera.intrinsics
    corners = [(k[0, 0] * x / 10 + k[0, 2], k[1, 1] * y / 10 + k[1, 2]) for x, y in ((1.5, 0.5), (2.5, 1.5))]
    low, high = np.ceil(corners[0]), np.floor(corners[1])
    front = rendering.depth == 10.0
    rows, columns = np.argwhere(front).min(0), np.argwhere(front).max(0)
    np.testing.assert_array_equal(rows, low[::-1])
    np.testing.assert_array_equal(columns, high[::-1])
    assert len(hit) >= front.sum()


def test_sky_is_a_miss(street):
    rendering = shoot(street, 0)
    sky = rendering.category == rendering.categories.index('sky')
    assert sky.any()
    np.testing.assert_array_equal(sky, np.isinf(rendering.depth))
    np.testing.assert_array_equal(sky, rendering.instance == -1)
    assert not rendering.normals[sky].any()


def test_normals_face_the_camera_and_the_road_is_level(street):
    rendering = shoot(street, 0)
    hit = rendering.instance >= 0
    np.testing.assert_allclose(np.linalg.norm(rendering.normals[hit], axis=1), 1, atol=1e-5)
    to_camera = rendering.camera.position - points_of(rendering)
    assert ((rendering.normals * to_camera).sum(-1)[hit] > -1e-4).all()
    road = rendering.category == rendering.categories.index('road')
    assert road.mean() > 0.1
    # Slope at most 0.5 m * (1/31 + 0.4/13), camber 0.04 m in 4 m.
    assert (rendering.normals[road][:, 2] > np.cos(0.05)).all()


def test_next_frame_shows_the_same_points_in_the_same_colors(street):
    here, there = shoot(street, 4), shoot(street, 5)
    moving = len(street.scene.instances)
    points = points_of(here)
    u, v, z, inside = seen_again(points, there)
    inside &= (here.instance >= 0) & (here.instance < moving) & (here.depth < 40)
    nearest = tuple(np.clip(np.rint([v, u]).astype(int), 0, [[[SIZE[1] - 1]], [[SIZE[0] - 1]]]))
    visible = inside & (np.abs(there.depth[nearest] - z) < 0.05 * z) & (there.instance[nearest] == here.instance)
    assert visible.sum() > 0.6 * inside.sum()
    warped = cv2.remap(there.rgb, u, v, cv2.INTER_LINEAR).astype(float)
    error = np.abs(warped - here.rgb)[visible].mean()
    still = np.abs(there.rgb.astype(float) - here.rgb)[visible].mean()
    # Textures stand still on surfaces: what remains is interpolation of a coarse image.
    assert error < 0.6 * still
    assert np.median(np.abs(warped - here.rgb)[visible]) < 6


def test_right_camera_sees_the_disparity_that_depth_and_baseline_say(street):
    left_camera = street_camera(street.scene, 2)
    left, right = shoot(street, 2, left_camera), shoot(street, 2, left_camera.shifted(BASELINE))
    u, _, z, inside = seen_again(points_of(left), right)
    hit = np.isfinite(left.depth) & inside
    columns = np.broadcast_to(np.arange(SIZE[0]), left.depth.shape)
    expected = left_camera.intrinsics[0, 0] * BASELINE / left.depth[hit]
    np.testing.assert_allclose((columns - u)[hit], expected, atol=1e-3)
    np.testing.assert_allclose(z[hit], left.depth[hit], rtol=1e-5)
    nearest = np.clip(np.rint(u).astype(int), 0, SIZE[0] - 1)
    rows = np.arange(SIZE[1])[:, None]
    agrees = np.abs(right.depth[rows, nearest][hit] - left.depth[hit]) < 0.05 * left.depth[hit]
    assert agrees.mean() > 0.8


def test_turning_left_moves_things_to_the_right(street):
    camera = street_camera(street.scene, 0)
    ahead = camera.position + 20 * camera.pose[:3, 2]
    turned = camera.turned(15)
    local = turned.extrinsic[:3, :3] @ ahead + turned.extrinsic[:3, 3]
    np.testing.assert_allclose(np.degrees(np.arctan2(local[0], local[2])), 15)


def test_tilting_down_moves_things_up(street):
    camera = street_camera(street.scene, 0)
    ahead = camera.position + 20 * camera.pose[:3, 2]
    tilted = camera.turned(30, 10).turned(0, -10).turned(-30).shifted(0, 1).turned(0, 10)
    local = tilted.extrinsic[:3, :3] @ ahead + tilted.extrinsic[:3, 3]
    # Seen from one meter below, 10 degrees above the axis and a bit more.
    np.testing.assert_allclose(np.degrees(np.arctan2(local[1], local[2])), -10 - np.degrees(np.arctan2(1, 20)))
    np.testing.assert_allclose(local[0], 0, atol=1e-9)


def test_moving_things_move(street):
    mover = street.scene.movers[0]
    first, second = (mover.at(frame).parts[0].vertices.mean(0) for frame in (0, 1))
    assert 0.1 < np.linalg.norm(second - first) < 4


def test_light_changes_colors_and_nothing_else(street):
    day, dusk = shoot(street, 1), shoot(street, 1, light=Light(sun=(0, 0, 0), visibility=60))
    np.testing.assert_array_equal(day.depth, dusk.depth)
    np.testing.assert_array_equal(day.category, dusk.category)
    assert np.abs(day.rgb.astype(int) - dusk.rgb).mean() > 8


def test_shadow_falls_away_from_the_sun():
    ground = ribbon(np.array([[[x, y, -2.0] for x in (-40, 40)] for y in (1, 80)]), np.zeros((2, 2, 3)), STONE)
    scene = one_thing(ground, box((1, 1, 1), (0, 12, 0.5), STONE))
    light = Light(sun_azimuth=0, sun_elevation=45, clouds=0)
    camera = street_camera(scene, 0)
    image = Renderer(scene, noise=0).render(camera, 0, light, np.random.default_rng(0))
    # The sun is at +x, so the box at height 2..3 above the ground darkens x = -3..-2 there.
    gray = image.rgb.astype(int).sum(-1)
    u, v = (round(c) for c in (camera.intrinsics @ np.array((-2.5, 2.0, 12.0)) / 12)[:2])
    mirror = round(2 * camera.intrinsics[0, 2] - u)
    assert gray[v, u] < 0.75 * gray[v, mirror]


@pytest.mark.parametrize(
    'part',
    [
        box((1, 2, 3), (0, 0, 0), STONE),
        tube([1, 0.5], [0, 2], STONE),
        wheel(1, 0.5, (0, 0, 0), STONE),
        prism([(0, 0), (2, 0), (1, 1)], 0.5, STONE),
    ],
)
def test_solids_are_closed(part):
    edges = np.sort(part.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_stripes_average_to_their_share():
    x = np.linspace(0, 12, 600, endpoint=False)
    fine, coarse = stripes(x, np.full(600, 0.01), 3.0, 1.0), stripes(x, np.full(600, 30.0), 3.0, 1.0)
    assert abs(fine.mean() - 1 / 3) < 0.01
    np.testing.assert_allclose(coarse, 1 / 3, atol=0.02)


def test_every_material_of_every_street_has_a_texture():
    for name in STREETS:
        scene = build_scene(name, 3, 0)
        things = [*scene.instances, *scene.movers]
        assert {part.material.texture for thing in things for part in thing.parts} <= set(TEXTURES)


def test_missing_ray_caster_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'embreex.mesh_construction', None)
    with pytest.raises(MissingExtraError, match=r'embreex.*mtlbench\[world\]'):
        Geometry([Instance('thing', (box((1, 1, 1), (0, 0, 0), STONE),))])
