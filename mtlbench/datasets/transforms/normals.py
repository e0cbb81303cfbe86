"""Surface normals computed from depth, for datasets without normals."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from mtlbench.datasets.transforms.base import require_intrinsics
from mtlbench.errors import ConfigError
from mtlbench.geometry import flip_intrinsics, flip_intrinsics_twice, normals_from_depth
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind

CHOICES = {
    'source': ('depth', 'inverse_depth'),
    'intrinsics': ('scaled', 'native'),
    'flip': ('map', 'reference'),
    'masked': ('zero', 'half'),
}
MASKED_LENGTH = 0.5


@TRANSFORMS.register_module()
class NormalsFromDepth(BaseTransform):
    """Compute the label ``gt_<task>`` (H, W, 3) from a depth (xTAM, section 4.1), if the task is requested.

    The second choice of each option reproduces the authors' released code, for comparison with their weights.

    Args:
        max_depth: Depth in meters beyond which pixels have no normal. None: all pixels with a depth have one.
        source: Source of the normals: the metric ``'depth'``, or the ``'inverse_depth'`` 655.36 / (d + 0.01) treated as
            depth.
        intrinsics: Intrinsics: ``'scaled'`` for those of the image in its current size, ``'native'`` for those of the
            camera at full resolution.
        flip: Treatment of a mirrored image: ``'map'`` mirrors the normals of the unmirrored depth; ``'reference'``
            computes them from the mirrored depth with u0 -> W - u0 and v0 -> H - v0.
        min_depth: Depth in meters below which pixels have no normal; used only with ``max_depth``.
        masked: Value of pixels without a trusted normal: ``'zero'``, or ``'half'`` for the direction that the depth map
            yields there, at half length, with holes filled by the largest depth and borders wrapped around.
        task: Task that the normals are labels of.
        depth: Field of the depth.
    """

    def __init__(
        self,
        max_depth: float | None = None,
        source: str = 'depth',
        intrinsics: str = 'scaled',
        flip: str = 'map',
        min_depth: float = 0.001,
        masked: str = 'zero',
        task: str = 'normals',
        depth: str = 'depth',
    ) -> None:
        self.task, self.depth = task, depth
        self.max_depth, self.source, self.intrinsics, self.flip = max_depth, source, intrinsics, flip
        self.min_depth, self.masked = min_depth, masked
        for option, choices in CHOICES.items():
            if getattr(self, option) not in choices:
                raise ConfigError(f"NormalsFromDepth: {option} must be one of {choices}, not '{getattr(self, option)}'")

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the normals, unless the sample has some or has no depth."""
        if self.task not in results['tasks'] or f'gt_{self.task}' in results or f'gt_{self.depth}' not in results:
            return results
        require_intrinsics(results, self)
        depth, mirrored = results[f'gt_{self.depth}'], results.get('mirrored', False)
        undo = mirrored and self.flip == 'map'
        if undo:
            depth = FieldKind.DEPTH.mirror(depth)
        normals = self._normals(depth, self._camera(results, mirrored))
        results[f'gt_{self.task}'] = FieldKind.DIRECTION.mirror(normals) if undo else normals
        results['kinds'][f'gt_{self.task}'] = FieldKind.DIRECTION
        return results

    def _normals(self, depth: NDArray[np.float32], camera: NDArray) -> NDArray[np.float32]:
        normals = normals_from_depth(self._surface(depth), camera, self._valid(depth))
        if self.masked == 'zero':
            return normals
        filled = np.where(depth > 0, depth, depth.max())
        rest = MASKED_LENGTH * normals_from_depth(self._surface(filled), camera)
        return np.where(normals.any(-1, keepdims=True), normals, rest)

    def _surface(self, depth: NDArray[np.float32]) -> NDArray[np.float32]:
        return depth if self.source == 'depth' else np.float32(655.36) / (depth + np.float32(0.01))

    def _valid(self, depth: NDArray[np.float32]) -> NDArray[np.bool_]:
        return depth > 0 if self.max_depth is None else (depth > self.min_depth) & (depth < self.max_depth)

    def _camera(self, results: dict[str, Any], mirrored: bool) -> NDArray:
        """Return the intrinsics that belong to the depth map in use."""
        shape = results[f'gt_{self.depth}'].shape
        camera = flip_intrinsics(results['intrinsics'], shape[1]) if mirrored else results['intrinsics']
        if self.intrinsics == 'native':
            camera, shape = results['native_intrinsics'], results['native_shape']
        return flip_intrinsics_twice(camera, shape) if mirrored and self.flip == 'reference' else camera
