"""Differentiable view synthesis: projection into a neighboring frame, and warping.

Pixels and points follow :mod:`mtlbench.geometry`. All results have the dtype of the arguments.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

NEAREST_Z = 1e-6


class Motion(NamedTuple):
    """Rigid motion ``X' = R X + t`` from the points of one camera to those of another.

    Args:
        rotation: Rotation matrices (N, 3, 3).
        translation: Translations (N, 3), in the unit of the depth.
    """

    rotation: Tensor
    translation: Tensor

    def inverse(self) -> Motion:
        """Return the inverse motion."""
        back = self.rotation.transpose(1, 2)
        # Autocast would compute matmul in half precision.
        return Motion(back, -(back * self.translation[:, None]).sum(-1))


def rotation_matrix(axis_angle: Tensor) -> Tensor:
    """Return rotations (N, 3, 3) about an axis (N, 3) by its length in radians (Rodrigues); smooth at zero, too."""
    angle = torch.linalg.vector_norm(axis_angle, dim=1)[:, None, None]
    x, y, z = axis_angle.unbind(1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).view(-1, 3, 3)
    identity = torch.eye(3, dtype=cross.dtype, device=cross.device)
    half = torch.sinc(angle / (2 * torch.pi))
    return identity + torch.sinc(angle / torch.pi) * cross + half**2 / 2 * (cross @ cross)


def project(depth: Tensor, motion: Motion, intrinsics: Tensor) -> Tensor:
    """Return the positions of an image's pixels in another image of the same camera.

    Args:
        depth: Depth (N, 1, H, W) along the optical axis.
        motion: Motion from the first camera to the second.
        intrinsics: Intrinsics (N, 3, 3) of both images.

    Returns:
        Columns and rows (N, 2, H, W) in pixels. Points behind the second camera lie far outside the image.
    """
    count, _, height, width = depth.shape
    rows, columns = torch.meshgrid(
        torch.arange(height, dtype=depth.dtype, device=depth.device),
        torch.arange(width, dtype=depth.dtype, device=depth.device),
        indexing='ij',
    )
    pixels = torch.stack([columns, rows, torch.ones_like(rows)]).view(1, 3, -1)
    # K (R (d K^-1 p) + t) with the depth factored out: the small matrices are multiplied before the pixels.
    rays = (intrinsics @ motion.rotation @ torch.linalg.inv(intrinsics)) @ pixels
    points = rays * depth.view(count, 1, -1) + intrinsics @ motion.translation[..., None]
    return (points[:, :2] / points[:, 2:].clamp(min=NEAREST_Z)).view(count, 2, height, width)


def sample(image: Tensor, places: Tensor) -> Tensor:
    """Sample an image (N, C, H, W) bilinearly at columns and rows (N, 2, h, w); its border extends outwards."""
    height, width = image.shape[-2:]
    # Division by the size minus one puts the centers of the corner pixels at -1 and 1: align_corners.
    half = torch.tensor([(width - 1) / 2, (height - 1) / 2], dtype=places.dtype, device=places.device)
    grid = places.permute(0, 2, 3, 1) / half - 1
    return F.grid_sample(image, grid, mode='bilinear', padding_mode='border', align_corners=True)


def synthesize(source: Tensor, depth: Tensor, motion: Motion, intrinsics: Tensor) -> Tensor:
    """Synthesize the target image from a source image and the target's depth (https://arxiv.org/abs/1806.01260).

    Args:
        source: Neighboring image (N, C, H, W).
        depth: Depth of the target (N, 1, H, W).
        motion: Motion from the target's camera to the source's.
        intrinsics: Intrinsics (N, 3, 3) of both images.

    Returns:
        Synthesized image (N, C, H, W). Pixels that the source does not show have arbitrary values.
    """
    return sample(source, project(depth, motion, intrinsics))
