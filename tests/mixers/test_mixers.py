"""Mixers on small batches: what is pasted where, and that everything known of a pixel goes with it."""

import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.mixers import CutMixer, CutOutMixer, Views
from mtlbench.mixers.affine import move
from mtlbench.mixers.depth import nearness
from mtlbench.registry import MIXERS
from mtlbench.testing import MixerContract

CLASSES = ('road', 'person', 'car', 'sky', 'tree')
SIZE = (24, 32)


def make_views(count=3, seed=0, size=SIZE):
    """Noise; the labels in blocks, some ignored, and the confidence 0 there."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(len(CLASSES), (count, 1, size[0] // 4, size[1] // 4), generator=draw)
    labels = labels.repeat_interleave(4, 2).repeat_interleave(4, 3)
    labels[:, :, :2] = 255
    return Views(
        images=torch.rand(count, 3, *size, generator=draw),
        labels=labels,
        confidence=torch.rand(labels.shape, generator=draw) * (labels != 255),
        depth=1 + 20 * torch.rand(labels.shape, generator=draw),
        center=torch.tensor([[size[1] * 0.55, size[0] * 0.5]]).repeat(count, 1),
        classes=CLASSES,
    )


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


class TestMixers(MixerContract):
    cases = [dict(type=name) for name in MIXERS.names()]

    def test_only_the_mixer_of_depths_draws_nothing(self, case):
        mixer = self.build(case)
        views = self.views(mixer)
        random = {mixer(views, seeded(seed)).images.numpy().tobytes() for seed in range(5)}
        assert (len(random) > 1) == (case['type'] != 'DepthMixer')


def test_pairs_are_mixed_from_both():
    for name in ('CutMixer', 'ClassMixer', 'DepthMixer'):
        views = make_views()
        mixed = MIXERS.build(dict(type=name))(views, seeded())
        own = (mixed.images == views.images).all(1, keepdim=True)
        assert 0 < own.float().mean() < 1


def test_an_image_alone_has_no_partner():
    with pytest.raises(ConfigError, match='batch_size'):
        MIXERS.build(dict(type='ClassMixer'))(make_views(count=1), seeded())


def test_cut_mix_pastes_half_an_image():
    views = make_views(count=1, size=(64, 96))
    kept = torch.stack([CutMixer().kept(views, seeded(seed)) for seed in range(50)])
    # Height and width are whole numbers: half a row of 48 to 96 pixels, of 6144.
    assert (1 - kept.float().mean((1, 2, 3, 4))).sub(0.5).abs().max() < 0.5 * 96 / 6144
    # It lies anywhere: nearly all pixels but those in the corners are hit by some of fifty.
    assert (kept.float().mean(0) < 1).float().mean() > 0.9


def test_cut_out_keeps_shares_of_all_sizes():
    views = make_views(count=1, size=(64, 96))
    mixed = [CutOutMixer()(views, seeded(seed)) for seed in range(200)]
    shares = torch.stack([(one.labels != 255).float().mean() for one in mixed])
    # Uniform, over the 62 of 64 rows that have labels: mean 1/2, within four standard errors of 0.29 / sqrt(200).
    assert shares.mean().item() == pytest.approx(0.5 * 62 / 64, abs=0.08)
    for one in mixed[:5]:
        assert one.images[(one.images != views.images).any(1, keepdim=True).expand_as(one.images)].count_nonzero() == 0


def test_class_mix_takes_the_smaller_half_of_the_classes():
    views = make_views()
    kept = MIXERS.build(dict(type='ClassMixer')).kept(views, seeded())
    for labels, mask in zip(views.labels, kept, strict=True):
        present = set(labels.unique().tolist()) - {255}
        assert len(labels[mask].unique()) == len(present) // 2
        assert not (labels[mask] == 255).any()


def test_depth_mix_of_equal_depths_keeps_all_and_else_the_nearer():
    views = make_views(count=2)
    mixer = MIXERS.build(dict(type='DepthMixer', margin=0.0))
    near = nearness(views.depth)
    assert (near.amin((1, 2, 3)).abs().max(), near.amax((1, 2, 3)).sub(1).abs().max()) == (0, 0)
    kept = mixer.kept(views, seeded())
    assert torch.equal(kept[0], near[0] >= near[1])
    same = views.where(torch.zeros_like(kept), views)
    equal = Views(same.images, same.labels, same.confidence, views.depth[:1].repeat(2, 1, 1, 1), views.center)
    assert MIXERS.build(dict(type='DepthMixer')).kept(equal, seeded()).all()
    # The unit of the depth has no effect.
    scaled = Views(same.images, same.labels, same.confidence, 7 * views.depth, views.center)
    assert torch.equal(mixer.kept(scaled, seeded()), kept)


def test_a_thing_moved_to_where_it_is_changes_nothing():
    views = make_views()
    moved = move(views, views.labels == 1, torch.ones(3))
    torch.testing.assert_close(moved.images, views.images, rtol=0, atol=1e-4)
    assert all(torch.equal(getattr(moved, f), getattr(views, f)) for f in ('labels', 'confidence', 'depth'))


def plain_scene(height=65, width=65):
    """A far wall, and one pixel-sized thing each 2 r away from the principal point."""
    labels = torch.zeros(1, 1, height, width, dtype=torch.long)
    return Views(
        images=torch.zeros(1, 3, height, width),
        labels=labels,
        confidence=torch.ones(labels.shape),
        depth=torch.full(labels.shape, 90.0),
        center=torch.tensor([[30.0, 34.0]]),
        classes=CLASSES,
    )


def test_twice_the_depth_is_half_the_way_to_the_principal_point():
    views = plain_scene()
    views.labels[0, 0, 34 + 20, 30 - 12] = 1
    views.depth[0, 0, 54, 18] = 10
    moved = move(views, views.labels == 1, torch.tensor([2.0]))
    places = (moved.labels == 1).nonzero()[:, 2:].tolist()
    assert sorted(places) == [[34 + 10, 30 - 6], [54, 18]]
    assert moved.depth[0, 0, 44, 24] == 20


@pytest.mark.parametrize('scale', [0.5, 0.75, 1.3])
def test_what_stands_on_the_ground_goes_on_standing_there(scale):
    """The foot of a thing at depth Z lies f h / Z rows under the principal point, at depth s Z f h / (s Z)."""
    views = plain_scene(129, 97)
    foot, depth, camera = 34 + 36, 10.0, 36.0 * 10
    views.labels[0, 0, 40 : foot + 1, 60:69] = 1
    views.depth[0, 0, 40 : foot + 1, 60:69] = depth
    moved = move(views, views.labels == 1, torch.tensor([scale]))
    copied = (moved.depth == scale * depth) & (moved.labels == 1)
    rows = copied[0, 0].any(1).nonzero()
    # Half a pixel of rounding at the source is half a pixel over s at the copy, and half a pixel of its own.
    assert rows.max().item() == pytest.approx(34 + camera / (scale * depth), abs=0.5 / scale + 0.5)


def test_a_thing_is_hidden_behind_what_is_nearer():
    views = plain_scene()
    views.labels[0, 0, 50:55, 18:23] = 1
    views.depth[0, 0, 50:55, 18:23] = 10
    hidden = views.where(torch.ones_like(views.labels, dtype=torch.bool), views)
    hidden.depth[0, 0, :48] = 15
    moved = move(hidden, hidden.labels == 1, torch.tensor([2.0]))
    assert torch.equal(moved.labels, hidden.labels)
    shown = move(views, views.labels == 1, torch.tensor([2.0]))
    assert (shown.labels == 1).sum() > (views.labels == 1).sum()


def test_images_without_movable_things_stay_and_ignored_pixels_are_never_pasted():
    views = make_views(count=2)
    views.labels[0][views.labels[0] == 1] = 0
    views.labels[0][views.labels[0] == 2] = 0
    mixed = MIXERS.build(dict(type='AffineMixer'))(views, seeded())
    assert torch.equal(mixed.images[0], views.images[0])
    changed = (mixed.labels != views.labels) | (mixed.depth != views.depth)
    assert set(mixed.labels[1][changed[1]].unique().tolist()) <= {1, 2}


def test_every_movable_class_of_an_image_is_as_likely():
    views, mixer = make_views(count=1), MIXERS.build(dict(type='AffineMixer', movable=('road', 'car', 'sky')))
    draws = torch.linspace(0, 0.999, 300)
    found = torch.cat([mixer._chosen(views, draw[None]) for draw in draws])
    assert found.bincount(minlength=5).tolist() == [100, 0, 100, 100, 0]


def test_classes_that_are_not_there_and_empty_ranges():
    with pytest.raises(ConfigError, match='none of the movable classes'):
        MIXERS.build(dict(type='AffineMixer', movable=('boat',)))(make_views(), seeded())
    with pytest.raises(ConfigError, match='scale_range'):
        MIXERS.build(dict(type='AffineMixer', scale_range=(0, 1)))
