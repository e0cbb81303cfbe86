"""Conversion of a pipeline's arrays into a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind, MultiTaskSample

META = ('intrinsics', 'no_intrinsics', 'ori_shape', 'domain', 'img_path', 'neighbor_offsets')


@TRANSFORMS.register_module()
class PackSample(BaseTransform):
    """Make ``dict(inputs=<uint8 (3, H, W)>, data_samples=<MultiTaskSample>)`` with the labels of the requested tasks.

    A field that was read only to compute another one is not a label.

    Raises:
        ConfigError: If the sizes of a label and the image differ, unless ``Resize(labels=False)`` caused it.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack the sample."""
        sample = MultiTaskSample(metainfo={key: results[key] for key in META if key in results})
        for task in results['tasks']:
            name = f'gt_{task}'
            if name in results:
                if not results.get('labels_of_camera'):
                    _check_size(name, results)
                sample.set_label(task, _label(results[name], results['kinds'][name]))
        if 'clean_image' in results:
            sample.clean_image = _image(results['clean_image'])
        for name in ('neighbors', 'clean_neighbors'):
            if name in results:
                frames = [_image(frame) for frame in results[name]]
                empty = _image(results['image'])[None][:0]
                sample.set_field(torch.stack(frames) if frames else empty, name)
        return {'inputs': _image(results['image']), 'data_samples': sample}


def _check_size(name: str, results: dict[str, Any]) -> None:
    label, image = results[name].shape[:2], results['image'].shape[:2]
    if label != image:
        raise ConfigError(
            f'{results["img_path"]}: the image is {image} but {name} is {label} (height, width); add a Resize '
            'to the pipeline before PackSample'
        )


def _image(image: NDArray[np.uint8]) -> Tensor:
    """Return the image as a tensor (3, H, W) that stays channels-last in memory, as networks prefer."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)


def _label(field: NDArray, kind: FieldKind) -> Tensor:
    """Return a label as a tensor (C, H, W): int64 for classes, else float32."""
    planes = field[None] if field.ndim == 2 else field.transpose(2, 0, 1)
    dtype = np.int64 if kind.has_classes else np.float32
    return torch.from_numpy(np.ascontiguousarray(planes, dtype))
