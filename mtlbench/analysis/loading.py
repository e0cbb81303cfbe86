"""Loading rate of one process, and its time by stage."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from mmengine.dataset import pseudo_collate
from PIL import Image

from mtlbench.class_sets.vkitti2 import VKITTI2_14
from mtlbench.datasets import Draw, MultiTaskDataset

HEIGHT, WIDTH = 375, 1242
INTRINSIC_HEADER = 'frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]'
VARIATION = 'clone'
BATCH = 2


def measure_rate(dataset: MultiTaskDataset, draws: list[Draw]) -> float:
    """Return the samples per second of this process, after one batch to warm up."""
    _load(dataset, draws[:BATCH])
    began = time.perf_counter()
    _load(dataset, draws)
    return len(draws) / (time.perf_counter() - began)


def _load(dataset: MultiTaskDataset, draws: list[Draw]) -> None:
    for start in range(0, len(draws), BATCH):
        pseudo_collate([dataset[draw] for draw in draws[start : start + BATCH]])


def measure_stages(dataset: MultiTaskDataset, draws: list[Draw]) -> Mapping[str, float]:
    """Measure the seconds by stage: reading each kind of file, then each transform."""
    spent: dict[str, float] = {}
    fields = dict.fromkeys(dataset.label_fields[task] for task in dataset.tasks)
    for reader in ('read_image', 'read_intrinsics', *(f'read_{field}' for field in fields)):
        with _timed(spent, reader):
            for draw in draws:
                getattr(dataset, reader)(dataset.frames[draw.index])
    for draw in draws:
        results = dataset.read(draw.index) | {'rng': np.random.default_rng(draw.key)}
        for transform in dataset.transforms:
            with _timed(spent, type(transform).__name__):
                results = transform(results)
    return spent


class _timed:  # noqa: N801  reads as a statement
    """Add the time spent inside to a dict."""

    def __init__(self, spent: dict[str, float], name: str) -> None:
        self.spent, self.name = spent, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.spent[self.name] = self.spent.get(self.name, 0.0) + time.perf_counter() - self.began


def write_frames(root: Path, count: int) -> None:
    """Write frames of one scene in the genuine layout and encodings."""
    generator = np.random.default_rng(0)
    palette = np.array(VKITTI2_14.palette, np.uint8)
    base = root / 'Scene01' / VARIATION
    for number in range(count):
        image, ids, depth = _frame(generator)
        for modality, name, content in (
            ('rgb', f'rgb_{number:05d}.jpg', image),
            ('classSegmentation', f'classgt_{number:05d}.png', palette[ids]),
            ('depth', f'depth_{number:05d}.png', depth),
        ):
            path = base / 'frames' / modality / 'Camera_0' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(content).save(path, quality=92)  # PNG has no quality and ignores it
    rows = [f'{number} 0 725.0087 725.0087 620.5 187' for number in range(count)]
    (base / 'intrinsic.txt').write_text('\n'.join([INTRINSIC_HEADER, *rows, '']))


def _frame(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Create an image with detail at all scales, class patches, and a depth map with slopes, edges and noise."""

    def noise(cell: int) -> np.ndarray:
        coarse = generator.normal(size=(HEIGHT // cell + 2, WIDTH // cell + 2))
        return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)

    detail = np.sum([cell**0.7 * noise(cell) for cell in (2, 8, 32, 128)], axis=0)
    color = np.stack([noise(64) for _ in range(3)], axis=-1) * 20
    image = np.clip(128 + 1.5 * detail[..., None] + color, 0, 255).astype(np.uint8)
    ids = (np.clip(noise(48) * 4 + 7, 0, 13)).astype(np.uint8)
    depth = np.clip(np.exp(noise(64) + 7.5) + ids * 150 + noise(1) * 2, 100, 65535).astype(np.uint16)
    return image, ids, depth
