"""Which camera an image is said to come from."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mtlbench.datasets.transforms.base import require_intrinsics
from mtlbench.errors import ConfigError
from mtlbench.geometry import flip_intrinsics_twice
from mtlbench.registry import TRANSFORMS

CHOICES = ('scaled', 'native', 'assumed')
KITTI_FOCAL = (0.58, 1.92)


@TRANSFORMS.register_module()
class ChooseIntrinsics(BaseTransform):
    """Say which intrinsics the sample goes on with. Stands behind resize and flip, and before a crop.

    Args:
        which: ``'scaled'`` for those of the image as it is now. ``'native'`` for the camera's at full resolution,
            whatever the size of the image, as in the released code of 3-ways PAD-Net and xTAM: for going on with
            weights that were trained so. ``'assumed'`` for a camera that looks through the middle of the image with
            focal lengths of ``focal``, whatever took it, as monodepth2 does on KITTI.
        focal: Of the assumed camera, in widths and heights of the image; the default is that for KITTI.

    Raises:
        ConfigError: When the choice is unknown.
    """

    def __init__(self, which: str = 'scaled', focal: tuple[float, float] = KITTI_FOCAL) -> None:
        if which not in CHOICES:
            raise ConfigError(f"ChooseIntrinsics: which must be one of {CHOICES}, not '{which}'")
        self.which, self.focal = which, focal

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Choose."""
        if self.which == 'native':
            require_intrinsics(results, self)
            camera = results['native_intrinsics']
            mirrored = results.get('mirrored', False)
            results['intrinsics'] = flip_intrinsics_twice(camera, results['native_shape']) if mirrored else camera
        elif self.which == 'assumed':
            height, width = results['image'].shape[:2]
            x, y = self.focal
            results['intrinsics'] = np.diag([width, height, 1.0]) @ [[x, 0, 0.5], [0, y, 0.5], [0, 0, 1]]
        return results
