"""Common corruptions from the package that brings them."""

import numpy as np
import pytest
import torch

from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.robustness import Case, CommonCorruption

pytest.importorskip('imagecorruptions')
RAMP = torch.linspace(20, 230, 64 * 96).reshape(1, 64, 96).expand(3, -1, -1).round()
KINDS = ('gaussian_noise', 'impulse_noise', 'glass_blur', 'motion_blur', 'snow', 'frost', 'fog', 'brightness',
         'elastic_transform', 'jpeg_compression')  # fmt: skip


@pytest.mark.parametrize('kind', KINDS)
def test_corruption_follows_the_seed_and_leaves_the_random_state(kind):
    corruption = CommonCorruption(kind)
    images = torch.stack([RAMP, RAMP.flip(2), RAMP])
    state = np.random.get_state()[1].copy()
    one = corruption(Case(images, [2**40, 5, 2**40]), 3)
    np.random.rand()
    other = corruption(Case(images[1:2], [5]), 3)
    assert one.shape == images.shape and one.dtype == images.dtype
    assert one.min() >= 0 and one.max() <= 255 and torch.equal(one, one.round())
    assert torch.equal(one[0], one[2]) and torch.equal(one[1], other[0])
    np.random.set_state(('MT19937', state, 624))
    assert (one - images).abs().mean() > 0.1


def test_severity_grows():
    case = Case(RAMP[None], [0])
    sizes = [(CommonCorruption('gaussian_noise')(case, s) - RAMP).square().mean() for s in (1, 3, 5)]
    assert sizes[0] < sizes[1] < sizes[2]


def test_misuse_is_told(monkeypatch):
    with pytest.raises(ConfigError, match=r"kind is 'rain'.*fog"):
        CommonCorruption('rain')
    with pytest.raises(ConfigError, match='severity of 1 to 5, got 8'):
        CommonCorruption('fog')(Case(RAMP[None], [0]), 8)
    with pytest.raises(ConfigError, match='32 x 32'):
        CommonCorruption('fog')(Case(RAMP[None, :, :16], [0]), 1)
    monkeypatch.setitem(__import__('sys').modules, 'imagecorruptions', None)
    with pytest.raises(MissingExtraError, match='corruptions'):
        CommonCorruption('fog')
