"""Predictions for pictures that belong to no data set."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor

from mtlbench.errors import ConfigError, DataError
from mtlbench.models import Learner
from mtlbench.structures import MultiTaskSample

PICTURE_SUFFIXES = {'.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp'}


def find_pictures(source: str | Path) -> list[Path]:
    """The picture, or all pictures of a folder, sorted.

    Raises:
        DataError: When there is none.
    """
    source = Path(source)
    if source.is_file():
        return [source]
    found = sorted(path for path in source.glob('*') if path.suffix.lower() in PICTURE_SUFFIXES)
    if not found:
        raise DataError(
            f'no pictures at {source.absolute()}: give a picture, or a folder with {sorted(PICTURE_SUFFIXES)}'
        )
    return found


def read_picture(path: Path) -> np.ndarray:
    """A picture (H, W, 3) uint8 RGB.

    Raises:
        DataError: When the file cannot be decoded.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise DataError(f'{path} is not a picture that can be read')
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def evaluation_resize(cfg: Config) -> dict:
    """The config of the resize that evaluation applies.

    Raises:
        ConfigError: When the validation pipeline has none.
    """
    for node in cfg.val_dataloader.dataset.pipeline:
        if node.type == 'Resize':
            return dict(node)
    raise ConfigError('val_dataloader.dataset.pipeline has no Resize: the size of pictures is not known')


@torch.inference_mode()
def predict(learner: Learner, picture: np.ndarray) -> dict[str, Tensor]:
    """Decoded predictions (C, H, W) of every task, for a picture (H, W, 3) uint8 RGB of the network's size."""
    inputs = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))
    data = {'inputs': [inputs], 'data_samples': [MultiTaskSample()]}
    (sample,) = learner.val_step(data)
    return {name: sample.prediction(name).cpu() for name in learner.tasks}
