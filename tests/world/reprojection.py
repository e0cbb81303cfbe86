"""Projection of the points of one image into another, by plain formulas with K and the extrinsic matrix."""

import numpy as np


def points_of(rendering):
    """World points (H, W, 3) behind the pixels."""
    height, width = rendering.depth.shape
    v, u = np.mgrid[:height, :width].astype(float)
    z = np.where(np.isfinite(rendering.depth), rendering.depth, 1.0).astype(float)
    rays = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(rendering.camera.intrinsics).T
    homogeneous = np.concatenate([rays * z[..., None], np.ones((height, width, 1))], -1)
    return (homogeneous @ np.linalg.inv(rendering.camera.extrinsic).T)[..., :3]


def seen_again(points, rendering):
    """Pixel coordinates, depth, and whether world points lie in another image."""
    camera = rendering.camera
    local = points @ camera.extrinsic[:3, :3].T + camera.extrinsic[:3, 3]
    image = local @ camera.intrinsics.T
    z = np.maximum(local[..., 2], 1e-6)
    u, v = image[..., 0] / z, image[..., 1] / z
    inside = (local[..., 2] > 0.5) & (u >= 0) & (v >= 0) & (u <= camera.size[0] - 1) & (v <= camera.size[1] - 1)
    return u.astype(np.float32), v.astype(np.float32), local[..., 2], inside
