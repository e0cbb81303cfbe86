"""Weights & Biases in the folder of a run, offline."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.visualization.vis_backend import WandbVisBackend, force_init_env
from numpy.typing import NDArray

from mtlbench.registry import VISBACKENDS

PROJECT = 'mtlbench'
OFFLINE = 'offline-run-'


@VISBACKENDS.register_module('wandb')
class OfflineWandbBackend(WandbVisBackend):
    """mmengine's back end without network access, login, code upload and console capture.

    Each start of a run adds a folder ``offline-run-<time>-<id>``. All of them have the same id, so that ``wandb sync``
    joins them.

    Args:
        save_dir: Folder of the starts; its name must be ``wandb``.
        run_name: Name of the run.
        start: Number of iterations made so far; unused.
    """

    package = extra = 'wandb'
    finished = False

    def __init__(self, save_dir: str, run_name: str, start: int) -> None:
        super().__init__(save_dir)
        self._run_name = run_name

    def _init_env(self) -> None:
        os.environ['WANDB_ERROR_REPORTING'] = 'false'
        import wandb

        folder = Path(self._save_dir)
        folder.mkdir(parents=True, exist_ok=True)
        earlier = sorted(folder.glob(f'{OFFLINE}*'))
        self._wandb = wandb.init(
            mode='offline',
            dir=str(folder.parent),
            id=earlier[-1].name.rpartition('-')[2] if earlier else secrets.token_hex(4),
            project=PROJECT,
            name=self._run_name,
            settings=wandb.Settings(console='off', silent=True, save_code=False, disable_git=True),
        )

    @force_init_env
    def add_config(self, config: Config, **_: Any) -> None:
        """Log the config as nested parameters."""
        self._wandb.config.update(config.to_dict(), allow_val_change=True)

    @force_init_env
    def add_image(self, name: str, image: NDArray[np.uint8], step: int = 0, **_: Any) -> None:
        """Log an RGB image (H, W, 3) at an iteration."""
        import wandb

        self._wandb.log({name: wandb.Image(image)}, step=step)

    @force_init_env
    def add_scalars(self, scalar_dict: dict, step: int = 0, file_path: str | None = None, **_: Any) -> None:
        """Log numbers at an iteration."""
        self._wandb.log(dict(scalar_dict), step=step)

    def close(self) -> None:
        """End this start of the run."""
        if hasattr(self, '_wandb'):
            self._wandb.finish(exit_code=0 if self.finished else 1)
