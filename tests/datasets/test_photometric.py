import numpy as np
import pytest
import torch
from plain_sample import sample

from mtlbench.datasets.transforms import ColorJitter, GaussianBlur, PackSample, RandomFlip
from mtlbench.datasets.transforms.photometric import Adjustment
from mtlbench.errors import ConfigError

TRANSFORMS = (ColorJitter(prob=1), GaussianBlur(prob=1))


def only(quality, amount):
    """The image after one step, as floats."""
    image = sample()['image']
    return ColorJitter().apply(image, [Adjustment(quality, amount)]).astype(float), image.astype(float)


def gray(image):
    return image @ (0.299, 0.587, 0.114)


def test_brightness_multiplies():
    changed, before = only('brightness', 1.2)
    np.testing.assert_allclose(changed, (1.2 * before).clip(0, 255), atol=1)


def test_contrast_blends_with_the_mean_gray():
    changed, before = only('contrast', 0.8)
    # 8-bit images: the mean is rounded, and so is the result.
    np.testing.assert_allclose(changed, 0.8 * before + 0.2 * gray(before).mean(), atol=1.5)


def test_saturation_blends_with_gray():
    changed, before = only('saturation', 0.5)
    np.testing.assert_allclose(changed, 0.5 * before + 0.5 * gray(before)[..., None], atol=1.5)


def test_hue_turns_the_colors():
    """A third of a turn makes red green; half a turn and half a turn make nothing."""
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    green = ColorJitter().apply(red, [Adjustment('hue', 1 / 3)])
    np.testing.assert_allclose(green[0, 0], (0, 200, 0), atol=4)  # hue has 8 bits: 1/256 of a turn is 4 levels


def test_jitter_draws_within_its_ranges_in_any_order():
    rng, jitter = np.random.default_rng(0), ColorJitter(brightness=0.3)
    draws = [jitter.decide(rng) for _ in range(300)]
    amounts = {quality: [dict(draw)[quality] for draw in draws] for quality in jitter.strengths}
    for quality, (low, high) in {'brightness': (0.7, 1.3), 'contrast': (0.8, 1.2), 'hue': (-0.1, 0.1)}.items():
        assert low <= min(amounts[quality]) < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < max(amounts[quality]) <= high
    assert len({tuple(step.quality for step in draw) for draw in draws}) == 24


def test_fixed_order():
    steps = ColorJitter(random_order=False).decide(np.random.default_rng(0))
    assert [step.quality for step in steps] == ['brightness', 'contrast', 'saturation', 'hue']


def test_blur_is_a_gaussian():
    """A point spreads by the density of the normal distribution, to the nearest of 255 levels."""
    point = np.zeros((15, 15, 3), np.uint8)
    point[7, 7] = 255
    spread = GaussianBlur().apply(point, 1.1)[..., 0]
    squared = (np.arange(15) - 7) ** 2
    weights = np.exp(-squared / (2 * 1.1**2))
    weights /= weights.sum()
    np.testing.assert_allclose(spread, 255 * weights[:, None] * weights, atol=1.5)


@pytest.mark.parametrize('transform', TRANSFORMS, ids=lambda transform: type(transform).__name__)
def test_images_of_a_sequence_change_alike_and_labels_do_not(transform):
    before = sample()
    results = transform.transform(sample(neighbors=[before['image'].copy(), before['image'].copy()]))
    assert not np.array_equal(results['image'], before['image'])
    for image in results['neighbors']:
        np.testing.assert_array_equal(image, results['image'])
    for name in set(before['kinds']) - {'image', 'neighbors'}:
        np.testing.assert_array_equal(results[name], before[name])
    assert results['image'].dtype == np.uint8


@pytest.mark.parametrize('member', [ColorJitter, GaussianBlur])
def test_probability(member):
    image = sample(8, 8)['image']
    rng = np.random.default_rng(0)
    changed = [
        not np.array_equal(member(prob=0.25).transform(sample(8, 8, rng=rng))['image'], image) for _ in range(400)
    ]
    # Six standard deviations; below 0.3 pixels a blur changes nothing, which happens in 15 % of the draws.
    assert 40 < sum(changed) < 152


@pytest.mark.parametrize('transform', TRANSFORMS, ids=lambda transform: type(transform).__name__)
def test_same_key_same_image(transform):
    first, again = (transform.transform(sample(rng=np.random.default_rng(3)))['image'] for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize('transform', TRANSFORMS, ids=lambda transform: type(transform).__name__)
def test_needs_a_draw(transform):
    results = sample()
    del results['rng']
    with pytest.raises(ConfigError, match='StreamSampler'):
        transform.transform(results)


@pytest.mark.parametrize(
    ('member', 'options', 'key'),
    [
        (ColorJitter, {'hue': 0.6}, 'hue'),
        (ColorJitter, {'contrast': -1}, 'contrast'),
        (ColorJitter, {'prob': 2}, 'prob'),
        (GaussianBlur, {'sigma': (0, 1)}, 'sigma'),
    ],
)
def test_refuses_nonsense(member, options, key):
    with pytest.raises(ConfigError, match=key):
        member(**options)


def test_neighbors_change_alike_and_the_clean_images_are_kept():
    """Also behind a second change, and through a change of geometry in between."""
    before = sample()
    steps = [ColorJitter(prob=1), RandomFlip(prob=1), GaussianBlur(prob=1), PackSample()]
    results = sample(neighbors=[before['image'].copy(), before['neighbors'][1]])
    for step in steps:
        results = step(results)
    packed, seen = results['data_samples'], results['inputs']
    assert torch.equal(packed.neighbors[0], seen)  # the same image, the same changes
    for kept, original in (
        (packed.clean_image, before['image']),
        (packed.clean_neighbors[1], before['neighbors'][1]),
    ):
        assert torch.equal(kept, torch.from_numpy(original[:, ::-1].copy()).permute(2, 0, 1))
    assert not torch.equal(seen, packed.clean_image)


def test_nothing_is_kept_where_nothing_was_changed_or_no_neighbors_are():
    for options, jitter in (({}, ColorJitter(prob=0)), (dict(neighbors=None), ColorJitter(prob=1))):
        results = {name: value for name, value in sample(**options).items() if value is not None}
        if not options.get('neighbors', True):
            del results['kinds']['neighbors']
        packed = PackSample()(jitter(results))['data_samples']
        assert 'clean_image' not in packed and 'clean_neighbors' not in packed
