"""Early stopping of training."""

from __future__ import annotations

from mmengine.hooks import EarlyStoppingHook as MMEarlyStoppingHook
from mmengine.runner import Runner

from mtlbench.engine.resumable import HISTORY
from mtlbench.registry import HOOKS


@HOOKS.register_module()
class EarlyStoppingHook(MMEarlyStoppingHook):
    """mmengine's hook, extended to restore its state from the validations stored in a checkpoint on resuming."""

    def before_train(self, runner: Runner) -> None:
        """Replay the validations so far, except that of the checkpoint's own iteration, which is made again."""
        for entry in runner.message_hub.runtime_info.get(HISTORY, []):
            if entry['iter'] < runner.iter:
                self.after_val_epoch(runner, entry)
