"""Predictions for pictures that belong to no data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from mtlbench.errors import ConfigError, DataError
from mtlbench.models import Learner
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind, MultiTaskSample
from mtlbench.visualization import Tile, draw_panel

PICTURE_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp')


class Predictor:
    """A trained network, for pictures of any size.

    Args:
        cfg: The composed config; pictures are resized as its validation pipeline does.
        learner: The learner with its weights, in evaluation mode.
    """

    def __init__(self, cfg: Config, learner: Learner) -> None:
        self.learner = learner
        self.resize = TRANSFORMS.build(_evaluation_resize(cfg))

    @torch.inference_mode()
    def predict(self, picture: NDArray[np.uint8]) -> dict[str, Tensor]:
        """Decoded predictions (C, H, W) of every task for a picture (H, W, 3) RGB of the network's size."""
        inputs = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))
        (sample,) = self.learner.val_step({'inputs': [inputs], 'data_samples': [MultiTaskSample()]})
        return {name: sample.prediction(name).cpu() for name in self.learner.tasks}

    def panel(self, path: Path) -> NDArray[np.uint8]:
        """The picture beside what each task says of it (H, W, 3) uint8 RGB."""
        results = {'image': read_picture(path), 'kinds': {'image': FieldKind.IMAGE}, 'intrinsics': np.eye(3)}
        picture = self.resize(results)['image']
        drawn = {name: self.learner.tasks[name].draw(value) for name, value in self.predict(picture).items()}
        return draw_panel([Tile(path.name, picture), *(Tile(name, values) for name, values in drawn.items())])


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
        kinds = ', '.join(PICTURE_SUFFIXES)
        raise DataError(f'no pictures at {source.absolute()}: give a picture, or a folder with some ({kinds})')
    return found


def read_picture(path: Path) -> NDArray[np.uint8]:
    """A picture (H, W, 3) RGB from a file of any kind that Pillow knows.

    Raises:
        DataError: When the file cannot be decoded.
    """
    try:
        with Image.open(path) as picture:
            return np.array(picture.convert('RGB'))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise DataError(f'{path} is not a picture that can be read ({error})') from error


def _evaluation_resize(cfg: Config) -> dict:
    """The config of the resize that evaluation applies."""
    for node in cfg.val_dataloader.dataset.pipeline:
        if node.type == 'Resize':
            return dict(node)
    raise ConfigError('val_dataloader.dataset.pipeline has no Resize, so the size of the pictures is not known')
