"""Rooms and lamps: placement of objects, free space for the camera, and light against closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from mtlbench.class_sets.nyu40 import NYU40
from mtlbench.world.render import Camera, Light, Renderer
from mtlbench.world.render.geometry import Geometry
from mtlbench.world.render.textures import TEXTURES
from mtlbench.world.scene import Lamp, Material, Scene
from mtlbench.world.scene.indoor import KINDS, build_room_scene
from mtlbench.world.scene.indoor.view import look
from mtlbench.world.scene.shapes import box

ENCLOSING = ('floor', 'wall', 'ceiling')
ALONG_WALLS = (
    'bed', 'cabinet', 'bookshelf', 'refrigerator', 'dresser', 'night stand', 'toilet', 'bathtub', 'door', 'desk'
)  # fmt: skip
DARK = Light(sun=(0, 0, 0), ambient=(0, 0, 0), zenith=(0, 0, 0), horizon=(0, 0, 0), clouds=0, visibility=1e9)
FRAMES = 200


@pytest.fixture(scope='module')
def rooms():
    """Five rooms of each kind, each with a walk."""
    return [build_room_scene(kind, str(n), FRAMES, 0) for kind in KINDS for n in range(5)]


def bounds(thing):
    """Lowest and highest corner of a thing."""
    vertices = np.concatenate([part.vertices for part in thing.parts])
    return vertices.min(0), vertices.max(0)


def inner(scene):
    """Width, length and height of a room, from its floor and ceiling."""
    floor, ceiling = (next(t for t in scene.instances if t.category == name) for name in ('floor', 'ceiling'))
    return np.array((*bounds(floor)[1][:2], bounds(ceiling)[0][2]))


def furniture(scene):
    return [(thing.category, *bounds(thing)) for thing in scene.instances if thing.category not in ENCLOSING]


def test_all_forty_classes_occur(rooms):
    assert len(NYU40) == len(set(NYU40)) == 40
    assert {thing.category for scene in rooms for thing in scene.instances} == set(NYU40)


def test_things_are_within_the_room(rooms):
    for scene in rooms:
        size = inner(scene)
        for name, low, high in furniture(scene):
            assert (low > -1e-6).all(), (scene.name, name)
            assert (high < size + 1e-6).all(), (scene.name, name)


def test_nothing_floats(rooms):
    """Everything stands on the floor, hangs at a wall or the ceiling, or lies on, or touches, another thing."""
    for scene in rooms:
        size, things = inner(scene), furniture(scene)
        for number, (name, low, high) in enumerate(things):
            held = low[2] < 1e-6 or high[2] > size[2] - 1e-6
            held |= (low[:2] < 0.07).any() or (high[:2] > size[:2] - 0.07).any()
            held |= any(
                (low < other[1] + 0.03).all() and (high > other[0] - 0.03).all()
                for n, (_, *other) in enumerate(things)
                if n != number
            )
            assert held, (scene.name, name, low, high)


def test_furniture_along_walls_does_not_overlap(rooms):
    for scene in rooms:
        boxes = [(low, high) for name, low, high in furniture(scene) if name in ALONG_WALLS]
        for n, (low, high) in enumerate(boxes):
            for other_low, other_high in boxes[:n]:
                gap = np.maximum(low - other_high, other_low - high).max()
                # The body of a counter and of a sink beside it belong together; no two bodies are in one place.
                assert gap > 0.04


def test_big_things_do_not_float_above_the_floor(rooms):
    for scene in rooms:
        for name, low, _ in furniture(scene):
            if name in ('bed', 'sofa', 'chair', 'table', 'desk', 'refrigerator', 'toilet', 'bathtub', 'person', 'door'):
                assert abs(low[2]) < 1e-6, name


def test_every_room_has_a_door_a_window_or_lamp_and_furniture(rooms):
    for scene in rooms:
        names = [thing.category for thing in scene.instances]
        assert names.count('wall') == 4
        assert {'floor', 'ceiling', 'door', 'lamp'} <= set(names)
        assert len(scene.lamps) >= 1
        assert len(names) > 12


def test_rooms_are_closed_and_the_walk_is_free(rooms):
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    for scene in rooms:
        geometry = Geometry(scene.instances)
        for frame in range(0, FRAMES, 20):
            origins = np.broadcast_to(scene.camera(frame)[:3, 3], directions.shape)
            distance = geometry.first_hits(origins, directions).distance
            assert np.isfinite(distance).all()
            assert distance.min() > 0.1, (scene.name, frame)


def test_camera_is_hand_held(rooms):
    for scene in rooms:
        poses = np.array([scene.camera(frame) for frame in range(FRAMES)])
        rotation, position = poses[:, :3, :3], poses[:, :3, 3]
        np.testing.assert_allclose(
            rotation @ rotation.transpose(0, 2, 1), np.broadcast_to(np.eye(3), rotation.shape), atol=1e-9
        )
        assert (np.linalg.det(rotation) > 0).all()
        assert position[:, 2].min() > 1.2
        assert position[:, 2].max() < 1.7
        # Upright within 10 degrees of roll; a slow walk: under 2 cm and one degree between frames at 30 Hz.
        assert (np.abs(rotation[:, 2, 0]) < np.sin(np.deg2rad(10))).all()
        assert (rotation[:, 2, 1] < -0.8).all()
        assert np.linalg.norm(np.diff(position, axis=0), axis=1).max() < 0.02
        cosines = (rotation[1:, :, 2] * rotation[:-1, :, 2]).sum(1)
        assert cosines.min() > np.cos(np.deg2rad(1.0))


def test_look_points_the_camera():
    pose = look(np.zeros(3), np.pi / 2, np.deg2rad(10), 0.0)
    np.testing.assert_allclose(pose[:3, 2], (0, np.cos(np.deg2rad(10)), -np.sin(np.deg2rad(10))), atol=1e-12)
    np.testing.assert_allclose(pose[:3, 0], (1, 0, 0), atol=1e-12)
    assert pose[2, 1] < 0


def test_same_seed_same_room_and_another_name_another_room():
    first, same, other = (build_room_scene('office', name, 1, 3) for name in ('a', 'a', 'b'))
    assert [t.category for t in first.instances] == [t.category for t in same.instances]
    for one, two in zip(first.instances, same.instances, strict=True):
        for part, twin in zip(one.parts, two.parts, strict=True):
            np.testing.assert_array_equal(part.vertices, twin.vertices)
            assert part.material == twin.material
    np.testing.assert_array_equal(first.camera(0), same.camera(0))
    assert not np.allclose(inner(first), inner(other))


def test_textures_are_known_and_fade_when_a_pixel_is_large(rooms):
    materials = {part.material for scene in rooms for thing in scene.instances for part in thing.parts}
    assert {material.texture for material in materials} <= set(TEXTURES)
    places = np.random.default_rng(0).uniform(-2, 2, (400, 3))
    for name in ('wood', 'ceramic', 'carpet', 'rug', 'plaster', 'wallpaper', 'fabric', 'folds', 'printed'):
        material = next(material for material in materials if material.texture == name)
        colors = TEXTURES[name](places, np.full(400, 30.0), material)
        # Detail is gone where a pixel is far larger than it.
        assert (colors.std(0) < 0.06 * colors.mean(0)).all(), name


def floor_below_a_lamp(lamps, *parts):
    """Rendering of a gray floor by a camera at 3 m that looks straight down."""
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([(1, 0, 0), (0, -1, 0), (0, 0, -1)])
    pose[2, 3] = 3.0
    scene = Scene('test', lambda frame: pose, lamps=lamps)
    scene.add('floor', box((40, 40, 0.2), (0, 0, -0.1), Material('glow', ((0.2, 0.2, 0.2),))))
    if parts:
        scene.add('thing', *parts)
    camera = Camera(np.array([[40.0, 0, 20], [0, 40.0, 20], [0, 0, 1]]), pose, (41, 41))
    return Renderer(scene, noise=0).render(camera, 0, DARK, np.random.default_rng(0)).rgb.astype(int)


def test_lamp_falls_off_with_distance_and_slope():
    lamp = Lamp((0.0, 0.0, 1.0), (1.0, 1.0, 1.0), radius=0.3)
    image = floor_below_a_lamp([lamp])
    # 40 pixels a meter at depth 1, so 10 pixels are 0.75 m on the floor, 3 m below.
    offset = 0.75
    distance2 = 1 + offset**2
    strength = 1 / np.sqrt(distance2) / (distance2 + 0.09)
    below = floor_below_a_lamp([replace(lamp, color=(strength * 1.09,) * 3)])
    np.testing.assert_allclose(image[20, 30], below[20, 20], atol=1)
    assert image[20, 20, 0] > image[20, 30, 0] > 20
    higher = floor_below_a_lamp([Lamp((0.0, 0.0, 2.0), (4.09 / 1.09,) * 3, radius=0.3)])
    np.testing.assert_allclose(higher[20, 20], image[20, 20], atol=1)


def test_lamp_casts_a_shadow_only_beyond_what_stands_in_between():
    lamp = Lamp((0.0, 0.0, 1.0), (1.0, 1.0, 1.0))
    board = box((0.1, 0.4, 0.4), (0.3, 0.0, 0.2), Material('glow', ((0.2, 0.2, 0.2),)))
    lit, shaded = floor_below_a_lamp([lamp]), floor_below_a_lamp([lamp], board)
    # The board's top edge, at (0.35, 0.4), throws its shadow up to x = 0.58 on the floor.
    inside, beyond, other_side = 20 + round(0.45 * 40 / 3), 20 + round(0.9 * 40 / 3), 20 - round(0.45 * 40 / 3)
    assert shaded[20, inside].max() < 10 < lit[20, inside].min()
    np.testing.assert_allclose(shaded[20, beyond], lit[20, beyond], atol=1)
    np.testing.assert_allclose(shaded[20, other_side], lit[20, other_side], atol=1)
    above = box((0.4, 0.4, 0.1), (0.0, 0.0, 1.5), Material('glow', ((0.2, 0.2, 0.2),)))
    covered = floor_below_a_lamp([lamp], above)
    np.testing.assert_allclose(covered[20, 32], lit[20, 32], atol=1)


def test_bounced_light_reaches_what_looks_down():
    ceiling = box((20, 20, 0.2), (0, 0, 4.1), Material('glow', ((0.2, 0.2, 0.2),)))
    pose = look(np.array((0.0, 0.0, 1.0)), 0.0, -np.pi / 2 + 1e-6, 0.0)
    scene = Scene('test', lambda frame: pose)
    scene.add('ceiling', ceiling)
    camera = Camera(np.array([[40.0, 0, 5], [0, 40.0, 5], [0, 0, 1]]), pose, (11, 11))
    renderer = Renderer(scene, noise=0)
    dark, bright = (
        renderer.render(camera, 0, light, np.random.default_rng(0)).rgb
        for light in (DARK, replace(DARK, bounce=(1, 1, 1)))
    )
    assert dark.max() < 5
    assert bright.min() > 60
