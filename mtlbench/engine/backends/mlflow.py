"""MLflow in the folder of a run, without a server."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.visualization.vis_backend import MLflowVisBackend, force_init_env
from numpy.typing import NDArray

from mtlbench.records.identity import leaves
from mtlbench.registry import VISBACKENDS

EXPERIMENT = 'mtlbench'
BATCH = 100
"""Largest number of parameters that MLflow accepts at once."""
ENVIRONMENT = {'MLFLOW_ALLOW_FILE_STORE': 'true', 'MLFLOW_DISABLE_TELEMETRY': 'true'}
"""mlflow-skinny has no database, so it needs the file store; MLflow sends telemetry by default."""


@VISBACKENDS.register_module('mlflow')
class LocalMLflowBackend(MLflowVisBackend):
    """mmengine's back end, with files as the store, images at their iteration, and a run that resumes.

    A store has one run, which every start of the run continues.

    Args:
        save_dir: Folder of the store.
        run_name: Name of the run.
        start: Number of iterations made so far; unused.
    """

    package = extra = 'mlflow'
    finished = False

    def __init__(self, save_dir: str, run_name: str, start: int) -> None:
        super().__init__(save_dir, run_name=run_name)

    def _init_env(self) -> None:
        os.environ.update(ENVIRONMENT)
        from mlflow import MlflowClient

        self._mlflow = MlflowClient(Path(self._save_dir).absolute().as_uri())
        known = self._mlflow.get_experiment_by_name(EXPERIMENT)
        experiment = known.experiment_id if known else self._mlflow.create_experiment(EXPERIMENT)
        runs = self._mlflow.search_runs([experiment])
        self._is_new = not runs
        run = runs[0] if runs else self._mlflow.create_run(experiment, run_name=self._run_name)
        self._id = run.info.run_id
        self._mlflow.update_run(self._id, status='RUNNING')

    @force_init_env
    def add_config(self, config: Config, **_: Any) -> None:
        """Log the config as text and, at the first start, as parameters, which cannot change in MLflow."""
        from mlflow.entities import Param

        self._mlflow.log_text(self._id, config.pretty_text, 'config.py')
        found = [Param(_name(key), str(value)) for key, value in leaves(config.to_dict())] if self._is_new else []
        for first in range(0, len(found), BATCH):
            self._mlflow.log_batch(self._id, params=found[first : first + BATCH])

    @force_init_env
    def add_image(self, name: str, image: NDArray[np.uint8], step: int = 0, **_: Any) -> None:
        """Log an RGB image (H, W, 3) at an iteration."""
        self._mlflow.log_image(self._id, image, key=_name(name), step=step)

    @force_init_env
    def add_scalars(self, scalar_dict: dict, step: int = 0, file_path: str | None = None, **_: Any) -> None:
        """Log numbers at an iteration."""
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        found = [Metric(_name(key), float(value), now, step) for key, value in scalar_dict.items()]
        self._mlflow.log_batch(self._id, metrics=found)

    def close(self) -> None:
        """End this start of the run."""
        if hasattr(self, '_id'):
            self._mlflow.set_terminated(self._id, 'FINISHED' if self.finished else 'KILLED')


def _name(text: str) -> str:
    """Return a name that MLflow accepts: a colon replaces other characters, such as the @ of a further dataset."""
    return re.sub(r'[^\w./ -]', ':', text)
