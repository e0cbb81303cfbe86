"""The streets of each domain: what occurs in them, and that it stands where it should."""

import numpy as np
import pytest

from mtlbench.world.render import Light
from mtlbench.world.render.geometry import Geometry
from mtlbench.world.render.textures import TEXTURES
from mtlbench.world.scene import Instance
from mtlbench.world.scene.catalog import build_street_scene
from mtlbench.world.scene.coaches import bus, tram
from mtlbench.world.scene.domains import DOMAINS
from mtlbench.world.scene.people import pedestrian
from mtlbench.world.scene.shapes import hoop, limb
from mtlbench.world.scene.things import STEEL
from mtlbench.world.scene.two_wheelers import bicycle, motorcycle, ridden
from mtlbench.world.writers.street_labels import CITYSCAPES_LABELS
from mtlbench.world.writers.weather import LIGHTS, USUAL, street_light

FRAMES = 20
EVERYWHERE = set(CITYSCAPES_LABELS) - {'sky', 'guard rail', 'train'}
"""Trams run in some streets, guard rails stand on roads out of town."""


@pytest.fixture(scope='module')
def streets():
    """Two streets of every domain."""
    return {domain: [build_street_scene(domain, f'street{n}', FRAMES, 1) for n in range(2)] for domain in DOMAINS}


def things_of(scene, frame=0):
    return [*scene.instances, *(mover.at(frame) for mover in scene.movers)]


def extent(thing):
    """Lowest and highest corner."""
    points = np.concatenate([part.vertices for part in thing.parts])
    return points.min(0), points.max(0)


@pytest.mark.parametrize('domain', DOMAINS)
def test_every_category_occurs(streets, domain):
    found = {thing.category for scene in streets[domain] for thing in things_of(scene)}
    assert found >= EVERYWHERE
    assert found <= set(CITYSCAPES_LABELS)


def test_trams_run_in_some_streets_of_a_city(streets):
    trams = [sum(mover.category == 'train' for mover in scene.movers) for scene in streets['cityscapes']]
    assert max(trams) > 0


@pytest.mark.parametrize('domain', DOMAINS)
def test_the_same_name_and_seed_give_the_same_street(streets, domain):
    first, again = streets[domain][1], build_street_scene(domain, 'street1', FRAMES, 1)
    assert len(first.instances) == len(again.instances)
    for one, other in zip(things_of(first, 7), things_of(again, 7), strict=True):
        assert one.category == other.category
        for part, twin in zip(one.parts, other.parts, strict=True):
            np.testing.assert_array_equal(part.vertices, twin.vertices)
            assert part.material == twin.material
    np.testing.assert_array_equal(first.camera(5), again.camera(5))


def test_another_name_seed_or_domain_gives_another_street(streets):
    scene = streets['cityscapes'][0]
    others = (
        streets['cityscapes'][1],
        build_street_scene('cityscapes', 'street0', FRAMES, 2),
        build_street_scene('synscapes', 'street0', FRAMES, 1),
    )
    assert all(np.abs(other.camera(9) - scene.camera(9)).max() > 0.01 for other in others)


def test_every_material_has_a_texture(streets):
    used = {p.material.texture for scenes in streets.values() for s in scenes for t in things_of(s) for p in t.parts}
    assert used <= set(TEXTURES)


@pytest.mark.parametrize('domain', DOMAINS)
@pytest.mark.parametrize('frame', [0, 13])
def test_people_stand_on_the_ground(streets, domain, frame):
    scene = streets[domain][0]
    floor = Geometry([t for t in scene.instances if t.category in ('sidewalk', 'road', 'terrain')])
    people = [extent(thing) for thing in things_of(scene, frame) if thing.category == 'person']
    low, high = (np.array(corners) for corners in zip(*people, strict=True))
    assert len(low) > 5
    tall = high[:, 2] - low[:, 2]
    assert tall.min() > 1.5
    assert tall.max() < 2.0
    above = np.column_stack([(low + high)[:, :2] / 2, high[:, 2] + 1])
    ground = above[:, 2] - floor.first_hits(above, np.tile((0.0, 0.0, -1.0), (len(above), 1))).distance
    # The camber of the road is 4 cm. Who stands at the edge of the sidewalk may have his middle beyond it, 22 cm above
    # the meadow.
    assert (np.abs(low[:, 2] - ground) < 0.06).mean() > 0.9
    assert (np.abs(low[:, 2] - ground) < 0.25).all()


def test_people_and_machines_have_the_size_of_real_ones():
    rng = np.random.default_rng(0)
    for walking in (False, True):
        for _ in range(20):
            low, high = extent(Instance('thing', pedestrian(rng, walking)))
            assert low[2] == pytest.approx(0, abs=0.01)
            assert 1.5 < high[2] < 2.0
            assert 0.4 < high[1] - low[1] < 0.9
    sizes = {bicycle: (1.7, 0.6, 1.1), motorcycle: (2.0, 0.7, 1.06), bus: (11.5, 2.5, 3.2), tram: (20.5, 2.4, 5.3)}
    for make, size in sizes.items():
        low, high = extent(Instance('thing', make(rng)))
        np.testing.assert_allclose(high - low, size, rtol=0.15)
        assert low[2] == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize('category', ['bicycle', 'motorcycle'])
def test_riders_sit_on_their_machines(category):
    parts = ridden(category, np.random.default_rng(0))
    assert set(parts) == {category, 'rider'}
    machine, rider = (extent(Instance('thing', parts[name])) for name in (category, 'rider'))
    assert rider[0][2] > 0.05
    assert 1.6 < rider[1][2] < 1.9
    assert machine[0][0] < rider[0][0] < rider[1][0] < machine[1][0]


def test_people_walk_at_walking_speed(streets):
    for domain, hertz in (('cityscapes', 17), ('kitti', 10)):
        walkers = [mover for mover in streets[domain][0].movers if mover.category == 'person']
        steps = np.array([np.linalg.norm((w.pose(8) - w.pose(7))[:3, 3]) for w in walkers]) * hertz
        # Some wait at the kerb; a kerb of 13 cm counts as way too.
        assert 0.9 < np.median(steps) < 1.8


def test_limbs_and_hoops_have_their_measures():
    part = limb((0, 0, 1), (1, 0, 1), (0.1, 0.1), STEEL, flat=0.5, sides=8)
    np.testing.assert_allclose(np.ptp(part.vertices, axis=0), (1, 0.2, 0.1), atol=1e-12)
    ring = hoop(0.5, 0.1, (1, 2, 3), STEEL)
    radius = np.linalg.norm(ring.vertices - np.array((1, 2, 3)), axis=1)
    assert 0.39 < radius.min() < radius.max() < 0.51
    assert np.ptp(ring.vertices[:, 1]) == pytest.approx(0.1)


def test_every_domain_has_its_light():
    assert set(USUAL) == set(DOMAINS)
    assert {name for names in USUAL.values() for name in names} == set(LIGHTS)
    assert street_light('kitti', 'a', 0) == street_light('kitti', 'a', 0)
    drawn = [street_light('synthia', f'{n}', 0) for n in range(8)]
    assert all(isinstance(light, Light) for light in drawn)
    assert len({light.sun_azimuth for light in drawn}) == 8
    assert all(5 < light.sun_elevation < 85 for light in drawn)
