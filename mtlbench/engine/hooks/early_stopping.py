"""Ends a training that no longer gets better."""

from __future__ import annotations

from mmengine.hooks import EarlyStoppingHook as MMEarlyStoppingHook
from mmengine.runner import Runner

from mtlbench.engine.resumable import HISTORY
from mtlbench.registry import HOOKS


@HOOKS.register_module()
class EarlyStoppingHook(MMEarlyStoppingHook):
    """mmengine's, which remembers when a run goes on: by the validations that its checkpoint tells."""

    def before_train(self, runner: Runner) -> None:
        """Look at the validations so far; that of the checkpoint's own iteration is made again."""
        for entry in runner.message_hub.runtime_info.get(HISTORY, []):
            if entry['iter'] < runner.iter:
                self.after_val_epoch(runner, entry)
