"""Preprocessor from lists of the loaders to batches on the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor

from mtlbench.errors import DataError
from mtlbench.registry import MODELS
from mtlbench.structures import Batch

EVALUATION_STREAM = 'evaluation'


@MODELS.register_module()
class MultiTaskPreprocessor(BaseDataPreprocessor):
    """Stack the images of each stream, move them to the device and scale them to [0, 1].

    Images are stored channels-last, the memory format in which convolutions are fastest.
    """

    def forward(self, data: Mapping[str, Any], training: bool = False) -> dict[str, dict[str, Batch]]:
        """Return the batches by stream.

        Args:
            data: In training ``{stream: {'inputs': [...], 'data_samples': [...]}}``; in evaluation the inner dict,
                which becomes the stream ``'evaluation'``.
            training: Whether this is a training step.
        """
        streams = data if training else {EVALUATION_STREAM: data}
        return {'batches': {name: self._batch(stream) for name, stream in streams.items()}}

    def _batch(self, stream: Mapping[str, Any]) -> Batch:
        stream = self.cast_data(stream)
        inputs = stream['inputs']
        sizes = {tuple(image.shape) for image in inputs}
        if len(sizes) > 1:
            raise DataError(f'the images of one batch differ in size: {sorted(sizes)}; resize or crop them to one size')
        images = torch.stack(list(inputs)).contiguous(memory_format=torch.channels_last)
        return Batch(images.float().div_(255), list(stream['data_samples']))
