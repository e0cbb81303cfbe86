"""Prediction for images outside of any dataset."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mtlbench.engine.photographs import read_image
from mtlbench.errors import ConfigError
from mtlbench.learner import Learner
from mtlbench.structures import MultiTaskSample
from mtlbench.visualization import Tile, draw_panel

LONG_SIDES = (256, 1024)
"""Minimum and maximum of the long side of an image in a panel, in pixels."""


class Predictor:
    """Trained network for images of any size and aspect ratio.

    Args:
        cfg: Composed config; images are resized to about as many pixels as its validation uses.
        learner: Learner with its weights, in evaluation mode.

    Raises:
        ConfigError: When the config does not define the size of its images.
    """

    def __init__(self, cfg: Config, learner: Learner) -> None:
        self.learner, self.pixels = learner, math.prod(_evaluation_size(cfg))

    @torch.inference_mode()
    def predict(self, image: NDArray[np.uint8], size: tuple[int, int] | None = None) -> dict[str, Tensor]:
        """Return the decoded predictions (C, H, W) of every task.

        Args:
            image: RGB image (H, W, 3) uint8 of any size.
            size: Size (height, width) of the predictions; None for the size of the image.
        """
        height, width = network_size(image.shape[:2], self.pixels, self.learner.network.size_multiple)
        resized = np.array(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))
        inputs = torch.from_numpy(resized).permute(2, 0, 1).contiguous()
        (sample,) = self.learner.val_step({'inputs': [inputs], 'data_samples': [MultiTaskSample()]})
        shape, tasks = size or image.shape[:2], self.learner.tasks
        return {name: task.to_size(sample.prediction(name)[None], shape)[0].cpu() for name, task in tasks.items()}

    def panel(self, path: Path) -> NDArray[np.uint8]:
        """Draw the image beside its predictions (H, W, 3) uint8 RGB; large images are downscaled.

        Raises:
            DataError: When the file cannot be read.
        """
        image = read_image(path)
        height, width = shown_size(image.shape[:2])
        shown = np.array(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))
        predicted = self.predict(image, (height, width))
        tiles = [Tile(name, self.learner.tasks[name].draw(values)) for name, values in predicted.items()]
        caption = path.name.encode(errors='backslashreplace').decode()
        return draw_panel([Tile(caption, shown), *tiles])


def network_size(size: tuple[int, int], pixels: int, multiple: int) -> tuple[int, int]:
    """Return the (height, width) at which a network receives an image: same aspect ratio, about ``pixels`` pixels.

    Args:
        size: Size (height, width) of the image.
        pixels: Number of pixels that the network is evaluated with.
        multiple: Divisor of height and width. Both are at least this number, so very long images are squeezed rather
            than enlarged beyond ``pixels``.
    """
    factor = math.sqrt(pixels / math.prod(size))
    short = _rounded(min(size) * factor, multiple)
    long = _rounded(min(max(size) * factor, pixels / short), multiple)
    return (short, max(long, short)) if size[0] < size[1] else (max(long, short), short)


def shown_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the (height, width) of an image in a panel: its own, within the limits of ``LONG_SIDES``."""
    least, greatest = LONG_SIDES
    factor = min(max(max(size), least), greatest) / max(size)
    height, width = (max(round(side * factor), 1) for side in size)
    return height, width


def _rounded(side: float, multiple: int) -> int:
    return max(round(side / multiple), 1) * multiple


def _evaluation_size(cfg: Config) -> tuple[int, int]:
    """Return the (height, width) that evaluation resizes to."""
    for node in cfg.val_dataloader.dataset.pipeline:
        if node.type == 'Resize':
            return node.size
    raise ConfigError('val_dataloader.dataset.pipeline has no Resize, which defines the image size; add one')
