"""TensorBoard events in the folder of a run."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config
from mmengine.visualization.vis_backend import TensorboardVisBackend, force_init_env

from mtlbench.registry import VISBACKENDS


@VISBACKENDS.register_module('tensorboard')
class LocalTensorboardBackend(TensorboardVisBackend):
    """mmengine's back end, extended to continue the curves of a resumed run.

    TensorBoard hides what an interrupted start has logged after the checkpoint that the run resumes from.

    Args:
        save_dir: Folder of the events.
        run_name: Name of the run; unused, because TensorBoard shows the folder.
        start: Number of iterations made so far.
    """

    package = extra = 'tensorboard'

    def __init__(self, save_dir: str, run_name: str, start: int) -> None:
        super().__init__(save_dir)
        self._start = start

    def _init_env(self) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._tensorboard = SummaryWriter(self._save_dir, purge_step=self._start + 1)

    @force_init_env
    def add_config(self, config: Config, **_: Any) -> None:
        """Log the config as text that keeps its lines."""
        self._tensorboard.add_text('config', f'```python\n{config.pretty_text}\n```', self._start)

    def add_scalars(self, scalar_dict: dict, step: int = 0, file_path: str | None = None, **_: Any) -> None:
        """Log numbers, and write them to disk at once, so that a killed run has lost none."""
        super().add_scalars(scalar_dict, step)
        self._tensorboard.flush()
