"""Noise has the strength that it was asked for, and depends on the image's seed alone."""

import math

import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.registry import PERTURBATIONS
from mtlbench.robustness import Case, GaussianNoise, SaltAndPepper

STREET = torch.rand(3, 64, 96, generator=torch.Generator().manual_seed(5)) * 180


def rms(one, other):
    return (one.double() - other.double()).square().mean().sqrt().item()


def gray(value, size=(3, 192, 640)):
    return Case(torch.full((1, *size), float(value)), [0])


def test_gaussian_noise_has_its_strength():
    case = gray(127.5)
    for strength in GaussianNoise.strengths:
        # 368 640 draws: the standard error of the root mean square is strength / sqrt(2 n) = 0.12 %.
        assert rms(GaussianNoise()(case, strength), case.images) == pytest.approx(strength, rel=5e-3)


# Numbers of struck places as in the table of the published fractions, section 7.3.
@pytest.mark.parametrize(
    ('size', 'counts'),
    [((192, 640), [1, 6, 23, 91, 363, 1451, 5805]), ((512, 1024), [6, 24, 97, 387, 1548, 6192, 24769])],
)
def test_salt_and_pepper_strikes_the_published_numbers_and_has_its_strength_on_mid_gray(size, counts):
    case = gray(127.5, (3, *size))
    for strength, count in zip(SaltAndPepper.strengths, counts, strict=True):
        noisy = SaltAndPepper()(case, strength)
        white, black = (noisy == 255).sum().item(), (noisy == 0).sum().item()
        assert white + black == count
        assert abs(white - black) == count % 2
        assert rms(noisy, case.images) == pytest.approx(127.5 * math.sqrt(count / case.images.numel()))
    assert rms(noisy, case.images) == pytest.approx(16, rel=1e-3)


def test_pixels_are_struck_in_all_channels():
    noisy = SaltAndPepper(granularity='pixel')(gray(127.5), 16)
    struck = noisy != 127.5
    assert struck.all(1).sum() == 1935 and (struck.any(1) == struck.all(1)).all()
    assert set(noisy.std(1).unique().tolist()) == {0.0}


def test_adaptive_share_gives_the_strength_on_any_image():
    case = Case(torch.stack([STREET, STREET / 3]), [1, 2])
    nominal, adaptive = SaltAndPepper()(case, 16), SaltAndPepper(fraction='adaptive')(case, 16)
    # About 290 places struck: their squares scatter by less than their mean, so 3 standard errors are 0.15 of the rms.
    for image, noisy in zip(case.images, adaptive, strict=True):
        assert rms(noisy, image) == pytest.approx(16, rel=0.15)
    assert rms(nominal[1], case.images[1]) > 18  # a dark image gets more than it was asked for


def test_more_places_than_there_are_is_an_error():
    with pytest.raises(ConfigError, match='strength of 200'):
        SaltAndPepper()(gray(127.5), 200)
    with pytest.raises(ConfigError, match="granularity is 'row'"):
        SaltAndPepper(granularity='row')


@pytest.mark.parametrize('name', ['GaussianNoise', 'SaltAndPepper'])
def test_each_image_has_its_own_noise_whatever_the_batch(name):
    perturbation = PERTURBATIONS.build(dict(type=name))
    torch.manual_seed(3)
    before = torch.get_rng_state()
    together = perturbation(Case(STREET.expand(3, -1, -1, -1), [7, 8, 7]), 8)
    alone = perturbation(Case(STREET[None], [8]), 8)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(together[0], together[2]) and torch.equal(together[1], alone[0])
    assert not torch.equal(together[0], together[1])


def test_strengths_share_their_noise():
    case = gray(127.5, (3, 32, 32))
    one, two = (GaussianNoise()(case, strength) - case.images for strength in (1, 2))
    torch.testing.assert_close(2 * one, two, atol=1e-4, rtol=0)
    few, many = (SaltAndPepper()(case, strength) != case.images for strength in (4, 16))
    assert (many | ~few).all() and many.sum() > few.sum()


def test_clipping_and_rounding_are_choices():
    case = gray(250.0)
    assert GaussianNoise()(case, 16).max() == 255
    assert GaussianNoise(clip=False)(case, 16).max() > 255
    rounded = GaussianNoise(round=True)(case, 16)
    assert torch.equal(rounded, rounded.round())
    assert torch.equal(GaussianNoise()(case, 0), case.images)
