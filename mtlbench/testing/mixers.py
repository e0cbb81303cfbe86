"""Contract of mixers."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from mtlbench.mixers import Mixer, PairMixer, Views
from mtlbench.registry import MIXERS
from mtlbench.structures import IGNORE_INDEX, FieldKind
from mtlbench.testing.contract import Case, Contract, rejected

CLASSES = ('road', 'person', 'car', 'sky', 'tree')
FIELDS = ('images', 'labels', 'confidence', 'depth')
BLOCK = 4
COLORS = torch.tensor([[0.1, 0.5, 0.9], [0.9, 0.1, 0.5], [0.5, 0.9, 0.1], [0.3, 0.3, 0.7], [0.7, 0.7, 0.3]])
"""Color of each class in :meth:`MixerContract.marked`."""


class MixerContract(Contract):
    """Checks of mixers.

    A reference is a function ``reference(mixer, views, generator)``. It returns the mixed views.
    """

    registry, base = MIXERS, Mixer

    def views(self, mixer: Any, size: tuple[int, int] = (24, 32), seed: int = 0) -> Views:
        """Return noise with labels in blocks. The first blocks are ignored, with confidence 0."""
        draw, count = torch.Generator().manual_seed(seed), max(3, mixer.least_batch)
        rows, columns = (-(-side // BLOCK) for side in size)
        blocks = torch.randint(len(CLASSES), (count, 1, rows, columns), generator=draw)
        labels = blocks.repeat_interleave(BLOCK, 2).repeat_interleave(BLOCK, 3)[..., : size[0], : size[1]]
        labels[:, :, :2] = IGNORE_INDEX
        return Views(
            images=torch.rand(count, 3, *size, generator=draw),
            labels=labels,
            confidence=torch.rand(labels.shape, generator=draw) * (labels != IGNORE_INDEX),
            depth=1 + 20 * torch.rand(labels.shape, generator=draw),
            center=torch.tensor([[size[1] * 0.55, size[0] * 0.5]]).repeat(count, 1),
            classes=CLASSES,
            fields={'further': torch.rand(count, 2, *size, generator=draw)},
            kinds={'further': FieldKind.CONTINUOUS},
        )

    def marked(self, mixer: Any) -> Views:
        """Return views in which all values of a pixel follow from its label.

        The confidence and the further field are (1 + label) / 10, the depth is 10 ** label meters.
        """
        views = self.views(mixer)
        labels = views.labels % IGNORE_INDEX
        return replace(
            views,
            images=COLORS[labels[:, 0]].permute(0, 3, 1, 2).contiguous(),
            labels=labels,
            confidence=(1 + labels) / 10,
            depth=10.0**labels,
            fields={'further': (1 + labels).expand(-1, 2, -1, -1) / 10},
        )

    def test_shapes_are_kept_and_the_seed_decides(self, case: Case) -> None:
        """Shapes and dtypes stay, for odd and even sizes; the seed decides, and torch's own does not matter."""
        mixer = self.build(case)
        for size in ((24, 32), (17, 23)):
            views = self.views(mixer, size)
            torch.manual_seed(1)
            state = torch.get_rng_state()
            one = mixer(views, seeded())
            assert torch.equal(state, torch.get_rng_state()), "torch's own generator is used"
            torch.manual_seed(2)
            again = mixer(views, seeded())
            for field, before in maps_of(views).items():
                after = maps_of(one)[field]
                assert (after.shape, after.dtype) == (before.shape, before.dtype), field
                assert same(after, maps_of(again)[field]), field
                assert not after.requires_grad

    def test_the_views_are_left_unchanged(self, case: Case) -> None:
        """Mixing works on copies; the same images may be mixed again."""
        mixer = self.build(case)
        views, fresh = self.views(mixer), maps_of(self.views(mixer))
        mixer(views, seeded())
        assert all(same(values, fresh[field]) for field, values in maps_of(views).items())

    def test_labels_and_confidence_stay_valid(self, case: Case) -> None:
        """No new ids appear, ignored pixels have confidence 0, and confidence and colors stay in 0..1."""
        mixer = self.build(case)
        for seed in range(4):
            mixed = mixer(self.views(mixer, seed=seed), seeded(seed))
            assert set(mixed.labels.unique().tolist()) <= {*range(len(CLASSES)), IGNORE_INDEX}
            assert not mixed.confidence[mixed.labels == IGNORE_INDEX].any()
            for values in (mixed.confidence, mixed.images):
                # Interpolated colors round at 1e-7.
                assert values.min() >= -1e-6 and values.max() <= 1 + 1e-6

    def test_all_fields_of_a_pixel_move_together(self, case: Case) -> None:
        """Inside of regions, labels belong to the colors, to the confidence and, up to a factor, to the depth."""
        mixer = self.build(case)
        moved = False
        for seed in range(4):
            views = self.marked(mixer)
            mixed = mixer(views, seeded(seed))
            inside = interior(mixed.labels) & (mixed.labels != IGNORE_INDEX)
            labels, where = mixed.labels[inside], inside[:, 0]
            nearest = torch.cdist(mixed.images.permute(0, 2, 3, 1)[where], COLORS).argmin(1)
            # A color that is interpolated at the border of a copy may be nearer to another class.
            assert (nearest == labels).float().mean() >= 0.95, 'colors do not move with labels'
            expected = (1 + labels) / 10
            found = mixed.confidence[inside]
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-3, msg='confidence does not move with labels')
            found = mixed.fields['further'][:, :1][inside]
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-3, msg='further labels do not move with labels')
            powers = mixed.depth[inside].log10().round()
            assert torch.equal(powers, labels.to(powers)), 'depth does not move with labels'
            moved |= not torch.equal(mixed.labels, views.labels)
        assert moved, 'nothing is mixed'

    def test_pairs_take_each_pixel_from_one_of_two(self, case: Case) -> None:
        """A mixer of pairs keeps a binary mask of pixels, and takes the others whole from the next image."""
        mixer = self.build(case)
        if not isinstance(mixer, PairMixer):
            return
        views = self.views(mixer)
        kept, mixed = mixer.kept(views, seeded()), mixer(views, seeded())
        assert kept.dtype == torch.bool and kept.shape == views.labels.shape
        for field, values in maps_of(views).items():
            assert same(maps_of(mixed)[field], torch.where(kept, values, values.roll(-1, 0))), field

    def test_a_batch_may_have_the_minimum_size(self, case: Case) -> None:
        """``least_batch`` images can be mixed; fewer raise a ConfigError."""
        mixer = self.build(case)
        least = mixer.least_batch
        assert len(mixer(first(self.views(mixer), least), seeded()).images) == least
        if least > 1:
            with rejected(f'a batch of {least - 1}'):
                mixer(first(self.views(mixer), least - 1), seeded())

    def test_pickles(self, case: Case) -> None:
        """A pickled mixer gives the same views."""
        mixer = self.build(case)
        copied = pickle.loads(pickle.dumps(mixer))  # noqa: S301  its own bytes
        views = self.views(mixer)
        assert torch.equal(copied(views, seeded()).images, mixer(views, seeded()).images)

    def test_equals_its_reference(self, case: Case) -> None:
        """The views equal those of the reference, colors and depth to 1e-5."""
        reference, mixer = self.reference(case), self.build(case)
        for seed in range(3):
            views = self.views(mixer, seed=seed)
            found, expected = mixer(views, seeded(seed)), reference(mixer, views, seeded(seed))
            for field, values in maps_of(expected).items():
                torch.testing.assert_close(maps_of(found)[field], values, rtol=1e-5, atol=1e-5, equal_nan=True)


def seeded(seed: int = 1) -> torch.Generator:
    """Return a generator."""
    return torch.Generator().manual_seed(seed)


def same(one: Tensor, other: Tensor) -> bool:
    """Return True if two maps are equal to the last bit; NaN, which is unknown, equals NaN."""
    return torch.equal(one.nan_to_num(nan=-1), other.nan_to_num(nan=-1))


def maps_of(views: Views) -> dict[str, Tensor]:
    """Return the maps of the pixels by name."""
    return {**{field: getattr(views, field) for field in FIELDS}, **views.fields}


def first(views: Views, count: int) -> Views:
    """Return the first views of a batch."""
    kept = {field: getattr(views, field)[:count] for field in (*FIELDS, 'center')}
    return replace(views, **kept, fields=views.each_field(lambda _, values: values[:count]))


def interior(labels: Tensor) -> Tensor:
    """Return the mask of the pixels whose eight neighbors have the same label."""
    padded = torch.nn.functional.pad(labels, (1, 1, 1, 1), value=-1)
    rows, columns = labels.shape[-2:]
    shifted = [padded[..., i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    return torch.stack([one == labels for one in shifted]).all(0)
