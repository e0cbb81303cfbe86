"""Choice of the intrinsics of a sample."""

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
    """Choose the intrinsics for the rest of the pipeline. Place it after resize and flip, and before a crop.

    Args:
        which: Kind of intrinsics. ``'scaled'``: those of the image in its current size. ``'native'``: those of the
            camera at full resolution, whatever the size of the image, as in the released code of 3-ways PAD-Net and
            xTAM; use it to continue from weights trained that way. ``'assumed'``: those of a camera centered on the
            image with focal lengths ``focal``, whatever the real camera, as in monodepth2 on KITTI.
        focal: Focal lengths of the assumed camera, as fractions of the image's width and height; the default is for
            KITTI.

    Raises:
        ConfigError: If the choice is unknown.
    """

    def __init__(self, which: str = 'scaled', focal: tuple[float, float] = KITTI_FOCAL) -> None:
        if which not in CHOICES:
            raise ConfigError(f"ChooseIntrinsics: which must be one of {CHOICES}, not '{which}'")
        self.which, self.focal = which, focal

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace the intrinsics of the sample."""
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
