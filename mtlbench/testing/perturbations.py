"""Contract of perturbations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.registry import PERTURBATIONS
from mtlbench.robustness import Case as Images
from mtlbench.robustness import Perturbation, Victim
from mtlbench.testing.contract import Case, Contract
from mtlbench.testing.parts import PlainNetwork, PlainTask

GRAY_MAX = 255.0


class PerturbationContract(Contract):
    """Checks of noise, corruptions and attacks.

    A reference is a function ``reference(images, seeds, strength)`` of images (N, 3, H, W) in gray values. It returns
    the perturbed images.
    """

    registry, base = PERTURBATIONS, Perturbation

    def images(self, size: Sequence[int] = (48, 64), low: int = 40, high: int = 200) -> Tensor:
        """Return two images (2, 3, H, W) of whole gray values of a range: a coarse pattern, and its mirror image."""
        draw = torch.Generator().manual_seed(0)
        coarse = torch.rand(1, 3, 6, 8, generator=draw)
        image = torch.nn.functional.interpolate(coarse, tuple(size), mode='bilinear')
        return (low + (high - low) * torch.cat([image, image.flip(3)])).round()

    def victim(self, images: Tensor) -> Victim:
        """Return a network and one of its tasks, with a label of each image."""
        torch.manual_seed(0)
        tasks = {'depth': PlainTask('depth')}
        labels = torch.rand(len(images), 1, *images.shape[-2:], generator=torch.Generator().manual_seed(1))
        return Victim(PlainNetwork(tasks).eval(), tasks['depth'], list(labels))

    def given(self, images: Tensor, seeds: Sequence[int] = (7, 8)) -> Images:
        """Return images with their seeds and a victim."""
        return Images(images, seeds, self.victim(images))

    def test_declares_unit_and_strengths(self, case: Case) -> None:
        """The unit is known, and the default strengths grow from above 0."""
        member = self.member(case)
        assert member.unit in ('gray', 'severity')
        assert list(member.strengths) == sorted(set(member.strengths)) and member.strengths[0] > 0

    def test_strength_zero_gives_the_images(self, case: Case) -> None:
        """At strength 0 nothing changes."""
        images = self.images()
        assert torch.equal(self.build(case)(self.given(images), 0), self.images())

    def test_images_keep_shape_and_range(self, case: Case) -> None:
        """At every default strength, images keep shape and dtype, stay in 0..255 and differ, for odd and even sizes."""
        perturbation = self.build(case)
        for size in ((48, 64), (37, 51)):
            for strength in (perturbation.strengths[0], perturbation.strengths[-1]):
                images = self.images(size, 0, 255)
                moved = perturbation(self.given(images), strength)
                assert (moved.shape, moved.dtype) == (images.shape, images.dtype)
                assert moved.isfinite().all() and moved.min() >= 0 and moved.max() <= GRAY_MAX
                assert torch.equal(images, self.images(size, 0, 255)), 'the images are changed in place'
                assert not torch.equal(moved, images)

    def test_seed_of_the_image_is_the_only_source_of_randomness(self, case: Case) -> None:
        """An image is perturbed alike alone and in a batch, whatever torch's own generator; seeds repeat exactly."""
        perturbation, images = self.build(case), self.images()[:1].expand(3, -1, -1, -1)
        strength = perturbation.strengths[len(perturbation.strengths) // 2]
        given = Images(images, [7, 8, 7], self._same_victim(images))
        one = Images(images[:1], [8], self._same_victim(images[:1]))
        torch.manual_seed(3)
        state = torch.get_rng_state()
        together = perturbation(given, strength)
        assert torch.equal(state, torch.get_rng_state()), "torch's own generator is used"
        torch.manual_seed(4)
        alone = perturbation(one, strength)
        assert torch.equal(together[0], together[2])
        # In batches of another size, gradients of an attack round differently, and some signs with them.
        differing = (together[1] != alone[0]).float().mean()
        assert differing <= (0.02 if perturbation.is_attack else 0), 'an image depends on the others of its batch'

    def test_stronger_is_farther(self, case: Case) -> None:
        """The root mean square of the change grows with the strength."""
        perturbation = self.build(case)
        sizes = [rms(perturbation, self.given(self.images()), strength) for strength in perturbation.strengths[::2]]
        assert sizes == sorted(sizes) and sizes[0] < sizes[-1]

    def test_strength_in_gray_values_is_kept(self, case: Case) -> None:
        """An attack stays in its bound; noise has its strength as root mean square, unless that is measured."""
        perturbation = self.build(case)
        if perturbation.unit != 'gray':
            return
        strength, given = 4.0, self.given(self.images())
        if perturbation.is_attack:
            # Sums of float32 gray values round at 1.5e-5.
            assert (perturbation(given, strength) - given.images).abs().max() <= strength + 2e-4
        elif not perturbation.is_measured:
            # The root mean square of 18 432 draws scatters by 1 / sqrt(2 n) = 0.5 %.
            assert math.isclose(rms(perturbation, given, strength), strength, rel_tol=0.03)

    def test_an_attack_raises_the_loss(self, case: Case) -> None:
        """An attack has a larger loss than the images, and leaves the network unchanged."""
        perturbation, given = self.build(case), self.given(self.images())
        if not perturbation.is_attack:
            return
        before = {name: value.clone() for name, value in given.attacked.network.state_dict().items()}
        moved = perturbation(given, 8)
        assert given.attacked.losses(moved).sum() > given.attacked.losses(given.images).sum()
        after = given.attacked.network.state_dict()
        assert all(torch.equal(value, before[name]) for name, value in after.items())
        assert all(value.grad is None for value in given.attacked.network.parameters())

    def test_equals_its_reference(self, case: Case) -> None:
        """The images equal those of the reference to 1e-3 gray values."""
        reference, perturbation = self.reference(case), self.build(case)
        for strength in perturbation.strengths:
            given = self.given(self.images())
            expected = torch.as_tensor(reference(given.images, given.seeds, strength)).to(given.images)
            torch.testing.assert_close(perturbation(given, strength), expected, rtol=0, atol=1e-3)

    def _same_victim(self, images: Tensor) -> Victim:
        """Return a victim with the same label for every image."""
        victim = self.victim(images)
        return Victim(victim.network, victim.task, [victim.labels[0]] * len(images), victim.level)


def rms(perturbation: Perturbation, given: Images, strength: float) -> float:
    """Return the root mean square of the change."""
    change = perturbation(given, strength).double() - given.images.double()
    return change.square().mean().sqrt().item()
