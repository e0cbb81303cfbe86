"""Drawing of predictions and labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Sized
from pathlib import Path
from typing import Any, cast

import numpy as np
from mmengine.dist import get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.runner import Runner
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from mtlbench.engine.model import learner_of
from mtlbench.registry import HOOKS
from mtlbench.structures import MultiTaskSample
from mtlbench.tasks import Task
from mtlbench.utils.numbers import whole_number
from mtlbench.utils.output import write_image
from mtlbench.visualization import BACKGROUND, Tile, draw_panel


@HOOKS.register_module()
class DrawPredictionsHook(Hook):
    """Draw predictions (top) and labels (bottom) at the end of training, or in a test.

    Args:
        folder: Folder of the panels, relative to the run's folder; files are named ``<position in the dataset>_<name of
            the image>.png``.
        most: Maximum number of images, evenly spread over the dataset; None: all.

    Raises:
        ConfigError: When ``most`` is no whole number of 0 or more.
    """

    def __init__(self, folder: str = 'images', most: int | None = None) -> None:
        self.folder, self.most = folder, most if most is None else whole_number('DrawPredictionsHook: most', most, 0)

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Sequence[MultiTaskSample] | None = None
    ) -> None:
        """Draw images of a batch of the last validation."""
        if runner.iter >= runner.max_iters:
            self._draw(runner, runner.val_dataloader, batch_idx, data_batch, outputs or ())

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Sequence[MultiTaskSample] | None = None
    ) -> None:
        """Draw images of a batch."""
        self._draw(runner, runner.test_dataloader, batch_idx, data_batch, outputs or ())

    def _draw(
        self, runner: Runner, loader: DataLoader, batch_idx: int, batch: Any, outputs: Sequence[MultiTaskSample]
    ) -> None:
        learner = learner_of(runner)
        folder, wanted = (
            Path(runner.work_dir) / self.folder,
            evenly_spread(len(cast('Sized', loader.dataset)), self.most),
        )
        folder.mkdir(parents=True, exist_ok=True)
        first = batch_idx * (loader.batch_size or 1)
        for number, (image, sample) in enumerate(zip(batch['inputs'], outputs, strict=True), first):
            position = number * get_world_size() + get_rank()
            if position in wanted:
                name = f'{position:05d}_{Path(sample.img_path).stem}.png'
                write_image(folder / name, draw_sample(image, sample, learner.tasks))


def evenly_spread(total: int, most: int | None) -> Collection[int]:
    """Return at most ``most`` positions, evenly spread over ``total``; all for None."""
    if most is None or most >= total:
        return range(total)
    return {(2 * place + 1) * total // (2 * most) for place in range(most)}


def draw_sample(image: Tensor, sample: MultiTaskSample, tasks: Mapping[str, Task]) -> NDArray[np.uint8]:
    """Draw one panel (H, W, 3) uint8 RGB.

    Args:
        image: RGB image (3, H, W) uint8.
        sample: Sample with predictions of all tasks, and labels of some or all.
        tasks: Tasks by name.
    """
    pixels = image.permute(1, 2, 0).cpu().numpy()
    empty = np.full_like(pixels, BACKGROUND)
    predicted = [Tile(f'{name}: predicted', task.draw(sample.prediction(name).cpu())) for name, task in tasks.items()]
    labels = [
        Tile(f'{name}: label', task.draw(sample.label(name).cpu()))
        if sample.has_label(name)
        else Tile(f'{name}: no label', empty)
        for name, task in tasks.items()
    ]
    return draw_panel([Tile('image', pixels), *predicted, Tile('', empty), *labels], columns=1 + len(tasks))
