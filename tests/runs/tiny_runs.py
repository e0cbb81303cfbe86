"""A tiny data set in the genuine layout, and what its runs leave behind."""

import json
import math
import os
import signal
import time
from pathlib import Path

import cv2
import numpy as np
import torch

LONGER = ('--resume', '--change', 'train_cfg.max_iters')
OPTIONS = {
    'train_cfg.max_iters': 6,
    'train_cfg.val_interval': 3,
    'default_hooks.checkpoint.interval': 2,
    'train_dataloader.labeled.num_workers': 1,
    'val_dataloader.num_workers': 1,
    'test_dataloader.num_workers': 1,
}


RULES = """
rules = [
    dict(where=dict(type='Resize'), set=dict(size=(32, 64))),
    dict(where=dict(type='ResNetEncoder'), set=dict(depth=18, weights=None)),
    dict(where=dict(type='SkipDecoder'), set=dict(channels=(16, 16, 16, 16, 8), aspp_channels=16)),
    dict(where=dict(type='DeepLabDecoder'), set=dict(channels=16)),
    dict(where=dict(type='PADNetDecoder'), set=dict(channels=16)),
    dict(where=dict(persistent_workers=True), set=dict(persistent_workers=False)),
]
"""


def write_tiny_vkitti2(root, frames=11, size=(48, 96)):
    """A few images of noise on a ramp, with labels that follow the image, as Virtual KITTI 2 lays them out."""
    generator = np.random.default_rng(0)
    height, width = size
    folder = root / 'Scene01' / '15-deg-left'
    modalities = {name: folder / 'frames' / name / 'Camera_0' for name in ('rgb', 'classSegmentation', 'depth')}
    for path in modalities.values():
        path.mkdir(parents=True)
    colors = np.array([(100, 60, 100), (90, 200, 255), (255, 127, 80)], np.uint8)
    rows = np.arange(height)[:, None].repeat(width, 1)
    for frame in range(frames):
        ids = np.where(rows < height // 3, 1, 0)
        left, top = generator.integers(0, width - 20), generator.integers(height // 3, height - 12)
        ids[top : top + 10, left : left + 18] = 2
        depth = np.where(ids == 1, 65535, 30000 // (rows + 1) + 100).astype(np.uint16)
        image = (colors[ids] * 0.8 + generator.integers(0, 50, (height, width, 3))).astype(np.uint8)
        cv2.imwrite(str(modalities['rgb'] / f'rgb_{frame:05d}.jpg'), image[..., ::-1])
        cv2.imwrite(str(modalities['classSegmentation'] / f'classgt_{frame:05d}.png'), colors[ids][..., ::-1])
        cv2.imwrite(str(modalities['depth'] / f'depth_{frame:05d}.png'), depth)
    lines = ['frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]', *(f'{i} 0 70.0 70.0 48.0 24.0' for i in range(frames))]
    (folder / 'intrinsic.txt').write_text('\n'.join(lines) + '\n')
    return root


def write_overlay(path):
    """Write an overlay that makes images and networks tiny, and return its path."""
    path.write_text(RULES)
    return path


def die_alone_after_update(update):
    """Let the trainer of this process kill itself a second after an update, as a system without memory does."""
    from mtlbench.engine.loops import StreamTrainLoop

    go_on = StreamTrainLoop.run_iter

    def run_iter(self, batch):
        go_on(self, batch)
        if self._iter == update:
            time.sleep(1)
            os.kill(os.getpid(), signal.SIGKILL)

    StreamTrainLoop.run_iter = run_iter


def read_record(work_dir):
    return json.loads((Path(work_dir) / 'result.json').read_text())


def equal(one, other):
    """Whether two nests of dicts, lists, tensors and numbers are the same bit for bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


def same_metrics(one, other, tolerance):
    """Whether two sets of metrics agree; those without a value (null) must be the same ones."""
    valued = [{name: value for name, value in metrics.items() if value is not None} for metrics in (one, other)]
    return valued[0].keys() == valued[1].keys() and all(
        math.isclose(valued[0][name], valued[1][name], rel_tol=tolerance, abs_tol=tolerance) for name in valued[0]
    )
