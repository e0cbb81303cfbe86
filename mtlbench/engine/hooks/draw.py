"""Draws predictions beside labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mtlbench.registry import HOOKS
from mtlbench.structures import MultiTaskSample
from mtlbench.tasks import Task
from mtlbench.visualization import BACKGROUND, Tile, draw_panel


@HOOKS.register_module()
class DrawPredictionsHook(Hook):
    """Writes a panel for every picture that is tested: above what each task predicts, below its label.

    Args:
        folder: Where the panels go; a file is called ``<position in the dataset>_<name of the picture>.png``.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Sequence[MultiTaskSample] | None = None
    ) -> None:
        """Draw the pictures of a batch."""
        learner = runner.model.module if is_model_wrapper(runner.model) else runner.model
        self.folder.mkdir(parents=True, exist_ok=True)
        first = batch_idx * runner.test_dataloader.batch_size
        for number, (picture, sample) in enumerate(zip(data_batch['inputs'], outputs or (), strict=True), first):
            position = number * get_world_size() + get_rank()
            name = f'{position:05d}_{Path(sample.img_path).stem}.png'
            Image.fromarray(draw_sample(picture, sample, learner.tasks)).save(self.folder / name)


def draw_sample(picture: Tensor, sample: MultiTaskSample, tasks: Mapping[str, Task]) -> NDArray[np.uint8]:
    """One panel (H, W, 3) uint8 RGB.

    Args:
        picture: (3, H, W) uint8 RGB.
        sample: Predictions of all tasks, labels of those that have one.
        tasks: By name.
    """
    pixels = picture.permute(1, 2, 0).cpu().numpy()
    empty = np.full_like(pixels, BACKGROUND)
    predicted = [Tile(f'{name}: predicted', task.draw(sample.prediction(name).cpu())) for name, task in tasks.items()]
    labels = [
        Tile(f'{name}: label', task.draw(sample.label(name).cpu()))
        if sample.has_label(name)
        else Tile(f'{name}: no label', empty)
        for name, task in tasks.items()
    ]
    return draw_panel([Tile('picture', pixels), *predicted, Tile('', empty), *labels], columns=1 + len(tasks))
