"""Camera geometry: intrinsics, points and normals of a depth map, and views synthesized from a neighboring frame."""

from mtlbench.geometry.camera import (
    crop_intrinsics,
    flip_intrinsics,
    flip_intrinsics_twice,
    normals_from_depth,
    scale_intrinsics,
    unproject,
)

__all__ = [
    'crop_intrinsics',
    'flip_intrinsics',
    'flip_intrinsics_twice',
    'normals_from_depth',
    'scale_intrinsics',
    'unproject',
]
