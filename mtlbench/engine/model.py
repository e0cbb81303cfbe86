"""Access to the model of a runner."""

from __future__ import annotations

from typing import Any

from mmengine.model import is_model_wrapper
from mmengine.runner import Runner


def learner_of(runner: Runner) -> Any:
    """Return the learner of a runner without the wrapper of distributed training."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model
