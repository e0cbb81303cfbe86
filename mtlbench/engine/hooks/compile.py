"""Compilation of the network's parts."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mtlbench.engine.model import learner_of
from mtlbench.registry import HOOKS


@HOOKS.register_module()
class CompileHook(Hook):
    """Compile encoder, decoders, exchanges and heads in place before training; parameter names do not change."""

    def before_train(self, runner: Runner) -> None:
        """Compile the parts."""
        model = learner_of(runner)
        model.network.compile_parts()
