"""Prediction of all tasks of a trained network for any image."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from numpy.typing import NDArray
from torch import Tensor

from mtlbench.engine.launch import RunRequest, load_learner
from mtlbench.errors import ConfigError, DataError
from mtlbench.inference.forward import Forward, Images, Mirrored, Plain, Rescaled
from mtlbench.inference.images import ImageLike, as_rgb, resized
from mtlbench.inference.keys import with_keys
from mtlbench.inference.sizes import Size, evaluation_size, network_size, shown_size
from mtlbench.inference.windows import bands
from mtlbench.learner import Learner
from mtlbench.tasks import Task
from mtlbench.visualization import Tile, draw_panel
from mtlbench.visualization.overlay import blend

Maps = Mapping[str, NDArray]
"""Decoded predictions of one image by task: (H, W), or (H, W, C) for several channels."""


@dataclass(frozen=True)
class Settings:
    """Options of a prediction.

    Args:
        size: Size (height, width) that an image is resized to before prediction: its aspect ratio is kept, and it gets
            about as many pixels as this. None: as many as in the validation of the run or, with ``window``, the size
            of the image itself.
        window: Size (height, width) of sliding windows for large images; None: the network receives whole images.
        flip: Whether to average over the image and its mirror image.
        scales: Factors of the size to average over.

    Raises:
        ConfigError: When a scale or a side is not positive.
    """

    size: Size | None = None
    window: Size | None = None
    flip: bool = False
    scales: Sequence[float] = (1.0,)

    def __post_init__(self) -> None:
        if not self.scales or not all(0 < scale < math.inf for scale in self.scales):
            raise ConfigError(f'scales must be numbers above 0, such as 0.75 1 1.25, not {list(self.scales)}')
        for name, sides in (('size', self.size), ('window', self.window)):
            if sides is not None and min(sides) < 1:
                raise ConfigError(f'{name} is {sides}, expected a height and a width of at least 1')


class Predictor:
    """Trained network for images of any size and aspect ratio.

    >>> predictor = Predictor('work_dirs/mini/paper/xtam/sd_vkitti2/seed42')  # doctest: +SKIP
    >>> predictor('street.jpg')['depth'].shape  # doctest: +SKIP
    (375, 1242)

    Args:
        run: Run folder, which stands for its newest checkpoint, or checkpoint; or a config and its learner with loaded
            weights, in evaluation mode.
        settings: Options of the prediction.
        device: Device such as ``'cpu'`` or ``'cuda:1'``; None: a GPU if there is one.
        request: Config, for a checkpoint that does not store its own.

    Raises:
        CheckpointError: When the checkpoint cannot be read or does not say which config made it.
        ConfigError: When the device is not there, the config does not define the size of its images, or the network
            cannot use the windows.
    """

    def __init__(
        self,
        run: str | Path | tuple[Config, Learner],
        settings: Settings | None = None,
        device: str | None = None,
        request: RunRequest | None = None,
    ) -> None:
        self.settings = settings or Settings()
        place = _device(device)
        cfg, learner = run if isinstance(run, tuple) else load_learner(request or RunRequest(None), str(run))
        self.learner = learner.to(place)
        self.multiple = int(learner.network.size_multiple)
        self._pixels = self._pixels_of(cfg)
        self._forward = self._build_forward()
        if self.settings.window and any(side % self.multiple for side in self.settings.window):
            raise ConfigError(
                f'the sides of the window must be multiples of {self.multiple} for this network, '
                f'got {"x".join(map(str, self.settings.window))}'
            )

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Tasks by name, in the order of the config."""
        return self.learner.tasks

    def __call__(self, image: ImageLike) -> dict[str, NDArray]:
        """Predict one image.

        Args:
            image: Path, RGB array (H, W, 3) uint8, or Pillow image; see :func:`~mtlbench.inference.images.as_rgb`.

        Returns:
            By task the decoded prediction at the size of the image, (H, W) or (H, W, C): training ids, meters, unit
            vectors (x right, y down, z towards the camera).

        Raises:
            DataError: When the image cannot be decoded.
        """
        return self.batch([image])[0]

    @torch.inference_mode()
    def batch(self, images: Sequence[ImageLike]) -> list[dict[str, NDArray]]:
        """Predict at least one image in one pass; see :meth:`__call__`.

        Raises:
            DataError: When an image cannot be decoded, or the images differ in size.
        """
        pixels = [as_rgb(image) for image in images]
        sizes = {image.shape[:2] for image in pixels}
        if len(sizes) != 1:
            raise DataError(f'a batch needs images of one size, got {sorted(sizes)}; pass others in another batch')
        (size,) = sizes
        pieces = [
            {name: task.decode(raw[name]).cpu() for name, task in self.tasks.items()} for raw in self._raw(pixels)
        ]
        whole = {
            name: task.to_size(torch.cat([piece.pop(name) for piece in pieces], -2), size)
            for name, task in self.tasks.items()
        }
        return [{name: _array(values[number]) for name, values in whole.items()} for number in range(len(images))]

    def colors(self, maps: Maps) -> dict[str, NDArray[np.uint8]]:
        """Draw the maps of one image, each (H, W, 3) uint8 RGB, at their size."""
        return {name: self.tasks[name].draw(_tensor(values)) for name, values in maps.items()}

    def draw(
        self, image: ImageLike, maps: Maps | None = None, caption: str = 'image', occurring: bool = True
    ) -> NDArray[np.uint8]:
        """Draw an image beside its predictions, above a legend, (H, W, 3) uint8 RGB; large images are downscaled.

        The legend names the classes that occur; a color bar gives the values of a continuous map, with their unit.

        Args:
            image: Image; see :meth:`__call__`.
            maps: Predictions of the image; None: predict them.
            caption: Text above the image.
            occurring: Whether the legend lists only the classes that occur. List all classes if panels must have equal
                sizes, as in a video.
        """
        pixels = as_rgb(image)
        maps = self(pixels) if maps is None else maps
        size = shown_size(pixels.shape[:2])
        small = {name: self.tasks[name].to_size(_tensor(values)[None], size)[0] for name, values in maps.items()}
        drawn = {name: self.tasks[name].draw(values) for name, values in small.items()}
        panel = draw_panel([Tile(caption, resized(pixels, size)), *(Tile(name, one) for name, one in drawn.items())])
        return with_keys(panel, self.tasks, small, drawn, occurring)

    def overlay(self, image: ImageLike, maps: Maps | None = None) -> dict[str, NDArray[np.uint8]]:
        """Blend each drawn prediction with the image, (H, W, 3) uint8 RGB, at the size of the image.

        Args:
            image: Image; see :meth:`__call__`.
            maps: Predictions of the image; None: predict them.
        """
        pixels = as_rgb(image)
        drawn = self.colors(self(pixels) if maps is None else maps)
        return {name: blend(pixels, colors) for name, colors in drawn.items()}

    def _pixels_of(self, cfg: Config) -> int | None:
        """Return about how many pixels of an image are predicted; None for all of its own."""
        if self.settings.size or not self.settings.window:
            return math.prod(self.settings.size or evaluation_size(cfg))
        return None

    def _build_forward(self) -> Forward:
        forward: Forward = Plain(self.learner)
        if self.settings.flip:
            forward = Mirrored(forward, self.tasks)
        if tuple(self.settings.scales) != (1.0,):
            forward = Rescaled(forward, self.settings.scales, self.multiple)
        return forward

    def _raw(self, images: Images) -> Iterator[dict[str, Tensor]]:
        """Yield raw predictions of consecutive rows; all rows at once without windows."""
        size, window = images[0].shape[:2], self.settings.window
        if self._pixels:
            size = network_size(size, self._pixels, 1 if window else self.multiple)
        if window:
            yield from bands(self._forward, [resized(image, size) for image in images], window, self.multiple)
        else:
            yield self._forward(images, size)


def _tensor(values: NDArray) -> Tensor:
    """Return a map (H, W) or (H, W, C) as (C, H, W)."""
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    return tensor.permute(2, 0, 1) if tensor.ndim == 3 else tensor[None]


def _array(values: Tensor) -> NDArray:
    """Return (C, H, W) as (H, W), or as (H, W, C) if there are several channels."""
    return (values[0] if len(values) == 1 else values.permute(1, 2, 0)).contiguous().numpy()


def _device(name: str | None) -> torch.device:
    try:
        device = torch.device(name or get_device())
        torch.empty(0, device=device).cpu()
    except (RuntimeError, AssertionError) as error:  # which of them depends on torch's build
        reason = str(error).splitlines()[0]
        raise ConfigError(f"cannot use the device '{name or get_device()}' ({reason:.100}); use cpu") from error
    return device
