"""Sample with labels, predictions and metadata of one image, from the datasets to the metrics."""

from __future__ import annotations

from mmengine.structures import BaseDataElement, PixelData
from torch import Tensor


class MultiTaskSample(BaseDataElement):
    """Labels, predictions and metadata of one image. Any label may be missing; this is the normal case.

    Fields, one per labeled task: ``gt_semseg`` (1, H, W) int64, 255 = ignore; ``gt_depth`` (1, H, W) float32 in meters,
    0 = invalid; ``gt_normals`` (3, H, W) float32 unit vectors, x right, y down, z towards the camera, 0 = invalid;
    ``gt_edges`` (1, H, W) int64. Predictions are stored as ``pred_<task>``, decoded to the same units. ``neighbors``
    (K, 3, H, W) uint8 holds neighboring video frames, if requested; ``clean_image`` and ``clean_neighbors`` hold the
    image and its neighbors before color augmentation, if there was any.

    Metainfo: ``intrinsics`` (3, 3) of the current image, or ``no_intrinsics``, the reason why there are none;
    ``ori_shape``, ``domain``, ``img_path``, and ``neighbor_offsets`` (K) of ``neighbors``.
    """

    def set_label(self, task: str, data: Tensor) -> None:
        """Store the label (C, H, W) of a task."""
        self.set_field(PixelData(data=data), f'gt_{task}')

    def has_label(self, task: str) -> bool:
        """Return whether this sample is labeled for the task."""
        return f'gt_{task}' in self

    def label(self, task: str) -> Tensor:
        """Return the label (C, H, W) of a task."""
        return self.get(f'gt_{task}').data

    def set_prediction(self, task: str, data: Tensor) -> None:
        """Store the decoded prediction (C, H, W) of a task."""
        self.set_field(PixelData(data=data), f'pred_{task}')

    def prediction(self, task: str) -> Tensor:
        """Return the decoded prediction (C, H, W) of a task."""
        return self.get(f'pred_{task}').data
