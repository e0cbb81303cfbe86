"""From arrays to the sample that the rest of the package works with."""

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
WHOLE_NUMBERS = (FieldKind.IDS, FieldKind.BOUNDARY)


@TRANSFORMS.register_module()
class PackSample(BaseTransform):
    """Make ``dict(inputs=<uint8 (3, H, W)>, data_samples=<MultiTaskSample>)``, with the labels of the asked tasks only.

    A field that was read to compute another one is not a label.

    Raises:
        ConfigError: When a label has another size than the image, unless ``Resize(labels=False)`` left it so.
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
            f'{results["img_path"]}: the image is {image} but {name} is {label} (height, width); put a Resize '
            'into the pipeline before PackSample'
        )


def _image(image: NDArray[np.uint8]) -> Tensor:
    """(3, H, W); the memory stays channels-last, as the network wants it."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)


def _label(field: NDArray, kind: FieldKind) -> Tensor:
    """(C, H, W): int64 for ids and boundaries, else float32."""
    planes = field[None] if field.ndim == 2 else field.transpose(2, 0, 1)
    dtype = np.int64 if kind in WHOLE_NUMBERS else np.float32
    return torch.from_numpy(np.ascontiguousarray(planes, dtype))
