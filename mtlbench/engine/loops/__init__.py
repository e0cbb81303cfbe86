"""Loops."""

from mtlbench.engine.loops.streams import StreamLoader
from mtlbench.engine.loops.train import StreamTrainLoop

__all__ = ['StreamLoader', 'StreamTrainLoop']
