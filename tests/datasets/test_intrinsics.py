"""Choice of the intrinsics of a sample."""

import numpy as np
import pytest
from plain_sample import sample

from mtlbench.datasets.transforms import ChooseIntrinsics, RandomCrop, RandomFlip, Resize
from mtlbench.errors import ConfigError

NATIVE = np.array([[2262.52, 0, 1096.98], [0, 2265.3017905988554, 513.137], [0, 0, 1]])


def through(which, mirrored):
    """A camera of 2048 x 1024 pixels through a resize by half, a flip, and a crop of which the corner is known."""
    results = sample(512, 1024, intrinsics=NATIVE * [[0.5], [0.5], [1]], native_intrinsics=NATIVE)
    results.update(native_shape=(1024, 2048), neighbors=[], tasks=())
    results = {name: value for name, value in results.items() if not name.startswith('gt_')}
    results['kinds'] = {'image': results['kinds']['image']}
    results['image'][:] = np.arange(1024)[None, :, None] % 256
    for step in (Resize(size=(512, 1024)), RandomFlip(prob=float(mirrored)), ChooseIntrinsics(which)):
        results = step(results)
    before = results['intrinsics'].copy()
    results = RandomCrop(size=(512, 512))(results)
    return results['intrinsics'], before[0, 2] - results['intrinsics'][0, 2]


def test_scaled_leaves_the_camera_of_the_image():
    found, left = through('scaled', mirrored=False)
    np.testing.assert_allclose(np.diag(found), (1131.26, 1132.6508953, 1))
    np.testing.assert_allclose(found[:2, 2], (548.49 - left, 256.5685))
    mirrored, left = through('scaled', mirrored=True)
    np.testing.assert_allclose(mirrored[:2, 2], (1023 - 548.49 - left, 256.5685))


def test_native_takes_full_resolution_and_mirrors_both_ways():
    """u0 -> 2048 - u0 and v0 -> 1024 - v0, then the offset of the crop."""
    found, left = through('native', mirrored=False)
    np.testing.assert_allclose(found, NATIVE - [[0, 0, left], [0, 0, 0], [0, 0, 0]])
    mirrored, left = through('native', mirrored=True)
    np.testing.assert_allclose(mirrored[:2, 2], (2048 - 1096.98 - left, 1024 - 513.137))


@pytest.mark.parametrize('mirrored', [False, True])
def test_assumed_looks_through_the_middle_whatever_took_the_image(mirrored):
    """fx = 0.58 W, fy = 1.92 H, center 0.5 W and 0.5 H (robust, section 3.2)."""
    found, left = through('assumed', mirrored)
    np.testing.assert_allclose(found, [[0.58 * 1024, 0, 512 - left], [0, 1.92 * 512, 256], [0, 0, 1]])


def test_unknown_choice():
    with pytest.raises(ConfigError, match='scaled'):
        ChooseIntrinsics('native_scaled')
