"""Hooks of training and evaluation."""

from mtlbench.engine.hooks.checkpoint import AtomicCheckpointHook
from mtlbench.engine.hooks.compile import CompileHook
from mtlbench.engine.hooks.draw import DrawPredictionsHook
from mtlbench.engine.hooks.early_stopping import EarlyStoppingHook
from mtlbench.engine.hooks.idle_parts import IdlePartsHook
from mtlbench.engine.hooks.loss_guard import LossGuardHook
from mtlbench.engine.hooks.record import ResultRecordHook
from mtlbench.engine.hooks.schedule import ScheduledValueHook
from mtlbench.engine.hooks.teacher import MeanTeacherHook

__all__ = [
    'AtomicCheckpointHook',
    'CompileHook',
    'DrawPredictionsHook',
    'EarlyStoppingHook',
    'IdlePartsHook',
    'LossGuardHook',
    'MeanTeacherHook',
    'ResultRecordHook',
    'ScheduledValueHook',
]
