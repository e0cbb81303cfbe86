"""Hooks."""

from mtlbench.engine.hooks.checkpoint import AtomicCheckpointHook
from mtlbench.engine.hooks.compile import CompileHook
from mtlbench.engine.hooks.loss_guard import LossGuardHook

__all__ = ['AtomicCheckpointHook', 'CompileHook', 'LossGuardHook']
